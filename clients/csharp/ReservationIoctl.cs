// The ioctl that lets a socket bind a port of a Windows reservation. No gRPC here: this file is compiled and its pure parts are
// run by the repository's tests.

using System;
using System.Net.Sockets;

namespace Portlease.Sample
{
    /// <summary>
    /// SIO_ASSOCIATE_PORT_RESERVATION: https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
    /// </summary>
    public static class ReservationIoctl
    {
        /// <summary>_WSAIOW(IOC_VENDOR, 102): 0x98000066, which is -1744830362 as the int that IOControl takes.</summary>
        public const int SioAssociatePortReservation = unchecked((int)0x98000066);

        /// <summary>
        /// INET_PORT_RESERVATION_TOKEN: one ULONG64 in the byte order of the machine, which is little-endian on every Windows that
        /// .NET runs on. https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_token
        /// </summary>
        /// <param name="token">PortReservation.token. Secret.</param>
        public static byte[] TokenBytes(ulong token)
        {
            byte[] bytes = new byte[8];
            for (int index = 0; index < bytes.Length; index += 1)
            {
                bytes[index] = (byte)(token >> (8 * index));
            }
            return bytes;
        }

        /// <summary>
        /// Lets the socket bind a port of the reservation: call it before Bind. The process must be elevated for a persistent
        /// reservation, else SocketException AccessDenied (WSAEACCES 10013); a run-time reservation serves the process that
        /// acquired it alone. https://learn.microsoft.com/dotnet/api/system.net.sockets.socket.iocontrol
        /// </summary>
        /// <param name="socket">A TCP or UDP socket that is not bound yet.</param>
        /// <param name="token">Not 0: that is no reservation, and the port is bound plainly.</param>
        public static void Associate(Socket socket, ulong token)
        {
            if (token == 0)
            {
                throw new ArgumentOutOfRangeException("token", "0 is no reservation; bind the port without it.");
            }
            // No output: the last argument is null.
            socket.IOControl(SioAssociatePortReservation, TokenBytes(token), null);
        }
    }
}
