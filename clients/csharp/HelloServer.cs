// A service that leases its port and answers every HTTP request with "hello". Gives the port back at Ctrl-C and SIGTERM; ends
// with exit code 3 when the port is lost.

using System;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Portlease.V1;

namespace Portlease.Sample
{
    public static class HelloServer
    {
        private const int PortLost = 3;
        private const int Refused = 1;

        public static async Task<int> Main(string[] args)
        {
            AcquireLeaseRequest wish = new AcquireLeaseRequest
            {
                Holder = new Holder { Service = args.Length > 0 ? args[0] : "hello" },
            };
            using (CancellationTokenSource stop = new CancellationTokenSource())
            using (ManualResetEventSlim ended = new ManualResetEventSlim())
            {
                Console.CancelKeyPress += (sender, pressed) =>
                {
                    pressed.Cancel = true;
                    stop.Cancel();
                };
                // SIGTERM: the process ends when this returns, so it waits until the port is given back.
                AppDomain.CurrentDomain.ProcessExit += (sender, exiting) =>
                {
                    if (!ended.IsSet)
                    {
                        stop.Cancel();
                        ended.Wait(TimeSpan.FromSeconds(5));
                    }
                };
                int exitCode = await RunAsync(wish, stop);
                ended.Set();
                return exitCode;
            }
        }

        private static async Task<int> RunAsync(AcquireLeaseRequest wish, CancellationTokenSource stop)
        {
            bool lost = false;
            try
            {
                using (BrokerCalls calls = new BrokerCalls())
                {
                    Action<LeaseState, string> changed = (state, reason) =>
                    {
                        Console.WriteLine(("lease " + state + " " + reason).Trim());
                        if (state == LeaseState.Lost)
                        {
                            lost = true;
                            stop.Cancel();
                        }
                    };
                    Lease lease = await Lease.AcquireAsync(calls, wish, changed, stop.Token);
                    try
                    {
                        // Closed before the lease is given back.
                        using (Socket server = await lease.BindAsync())
                        {
                            server.Listen(512);
                            string names = ", lease " + lease.LeaseId + ", generation " + lease.Generation;
                            Console.WriteLine("serving on port " + lease.Port + names);
                            await ServeAsync(server, stop.Token);
                        }
                    }
                    finally
                    {
                        await lease.DisposeAsync();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // Asked to stop.
            }
            catch (PortleaseException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return Refused;
            }
            return lost ? PortLost : 0;
        }

        private static async Task ServeAsync(Socket server, CancellationToken stop)
        {
            byte[] response = Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
            while (!stop.IsCancellationRequested)
            {
                using (Socket connection = await server.AcceptAsync(stop))
                {
                    try
                    {
                        await connection.ReceiveAsync(new byte[4096], SocketFlags.None, stop);
                        await connection.SendAsync(response, SocketFlags.None, stop);
                    }
                    catch (SocketException)
                    {
                        // The caller went away; the next one is not to suffer.
                    }
                }
            }
        }
    }
}
