// Binds a port that the broker of a Linux host holds: beside it, with SO_REUSEPORT.

using System;
using System.Net.Sockets;

namespace Portlease.Sample
{
    public static class SharedPort
    {
        // Of Linux on x86 and Arm: https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/socket.h
        private const int SolSocket = 1;
        private const int SoReusePort = 15;

        /// <summary>
        /// Call it before Bind. The process must run as the broker's user:
        /// https://man7.org/linux/man-pages/man7/socket.7.html, SO_REUSEPORT.
        /// </summary>
        public static void Allow(Socket socket)
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
        }
    }
}
