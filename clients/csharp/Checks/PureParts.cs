// Prints what the parts without gRPC compute, for the test that compares it with the TypeScript client and the Win32 layer.
// Compiled with LeaseTiming.cs, LeaseTrack.cs, PauseDetector.cs and ReservationIoctl.cs; no part of the sample.

using System;
using System.Globalization;

namespace Portlease.Sample.Checks
{
    public static class PureParts
    {
        public static void Main()
        {
            Print("ioctl", ReservationIoctl.SioAssociatePortReservation);
            foreach (ulong token in new ulong[] { 1, 0x0123456789abcdef, 0xffeeddccbbaa9988 })
            {
                string bytes = BitConverter.ToString(ReservationIoctl.TokenBytes(token)).ToLowerInvariant();
                Console.WriteLine("token " + token + " " + bytes);
            }
            foreach (double ttlMs in new double[] { 10, 100, 1000, 30000, 3600000 })
            {
                double deadlineMs = 5000000 + ttlMs;
                Print("jeopardy " + ttlMs, LeaseTiming.JeopardyAtMs(deadlineMs, ttlMs));
                Print("lost " + ttlMs, LeaseTiming.LostAtMs(deadlineMs, ttlMs));
                Print("renew " + ttlMs, LeaseTiming.RenewMoment(5000000, ttlMs, 0.25));
                Print("grant " + ttlMs, LeaseTiming.GrantMoment(1000, 1000 + ttlMs, 500));
            }
            Life();
            Pause();
        }

        /// <summary>A lease of 3 s that is renewed once and then never again, looked at every 10 ms.</summary>
        private static void Life()
        {
            LeaseTrack track = new LeaseTrack(0, 3000, 0, 0, 0);
            LeaseState told = LeaseState.Safe;
            bool renewed = false;
            for (double nowMs = 0; nowMs <= 6000; nowMs += 10)
            {
                track.NextLook(nowMs);
                LeaseState state = track.Look(nowMs, nowMs);
                if (!renewed && track.RenewalDue(nowMs))
                {
                    renewed = true;
                    track.Renewed(nowMs, 3000, 0);
                    Print("life renewed", nowMs);
                }
                if (state != told)
                {
                    told = state;
                    Print("life " + state + " " + track.EndReason, nowMs);
                }
            }
        }

        /// <summary>A lease of 3 s whose process did not run for 10 s: the broker's answer decides.</summary>
        private static void Pause()
        {
            LeaseTrack answered = new LeaseTrack(0, 3000, 0, 0, 0);
            Console.WriteLine("pause " + answered.Look(10000, 10000) + " " + answered.RenewalDue(10000));
            answered.Renewed(10000, 3000, 0);
            Console.WriteLine("pause answered " + answered.Look(10001, 10001));
            LeaseTrack unanswered = new LeaseTrack(0, 3000, 0, 0, 0);
            unanswered.Look(10000, 10000);
            unanswered.NextLook(10000);
            Console.WriteLine("pause unanswered " + unanswered.Look(11000, 11000) + " " + unanswered.EndReason);
        }

        private static void Print(string what, double value)
        {
            Console.WriteLine(what + " " + value.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}
