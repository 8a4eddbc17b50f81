// Makes a socket bound to a leased TCP port as the port's reservation wants it. Listening on it is the caller's.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Portlease.V1;

namespace Portlease.Sample
{
    public static class PortBinding
    {
        /// <param name="transfer">Asks the broker for the socket of the port: TransferSocket and ConfirmTransfer.</param>
        public static async Task<Socket> BindAsync(
            IEnumerable<PortReservation> reservations, int port, Func<int, Task<Socket>> transfer)
        {
            // The first that covers the port counts; a port without one is bound plainly.
            PortReservation how = reservations.FirstOrDefault(each => Covers(each, port)) ?? new PortReservation();
            if (how.BindMethod == BindMethod.Handoff)
            {
                return await transfer(port);
            }
            if (how.BindMethod == BindMethod.Associate && how.Token != 0)
            {
                return BindAssociated(how.Token, port) ?? await transfer(port);
            }
            if (how.BindMethod == BindMethod.SharePort)
            {
                return Bind(port, SharedPort.Allow);
            }
            // PLAIN, and a port that its reservation does not cover now.
            return Bind(port, socket => { });
        }

        /// <summary>
        /// Opens a socket that the broker bound and duplicated for this process. The constructor asks the socket for its address,
        /// so that it counts as bound, and takes it for neither listening nor connected:
        /// https://github.com/dotnet/runtime/blob/main/src/libraries/System.Net.Sockets/src/System/Net/Sockets/Socket.Windows.cs
        /// </summary>
        /// <param name="protocolInfo">The 628 bytes of WSAPROTOCOL_INFOW; good once, in this process only.</param>
        public static Socket Open(byte[] protocolInfo)
        {
            return new Socket(new SocketInformation { ProtocolInformation = protocolInfo });
        }

        /// <summary>Null where this process is not elevated and so may not use the reservation.</summary>
        private static Socket BindAssociated(ulong token, int port)
        {
            try
            {
                return Bind(port, socket => ReservationIoctl.Associate(socket, token));
            }
            catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
            {
                return null;
            }
        }

        private static Socket Bind(int port, Action<Socket> prepare)
        {
            Socket socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (Environment.OSVersion.Platform == PlatformID.Win32NT)
                {
                    // Else another program could take one address of the port beside this one:
                    // https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
                    socket.ExclusiveAddressUse = true;
                }
                prepare(socket);
                IPAddress every = socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
                socket.Bind(new IPEndPoint(every, port));
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        private static bool Covers(PortReservation reservation, int port)
        {
            return reservation.Protocol != Protocol.Udp
                && port >= reservation.FirstPort
                && port < reservation.FirstPort + reservation.PortCount;
        }
    }
}
