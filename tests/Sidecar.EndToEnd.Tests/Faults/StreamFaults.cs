using Sidecar.EndToEnd.Tests.Support;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What a stream of updates can do to a service, each from the begin of the fault to its end.</summary>
internal static class StreamFaults
{
    private const int Flood = 50_000;
    private const int Burst = 2_000;

    /// <summary>It takes what is said and says nothing, until that is noticed and another connection is tried.</summary>
    public static async Task HalfOpenAsync(UnderFault it)
    {
        it.Stream.Mode = ProxyMode.HalfOpen;
        await it.It.StreamIsAsync(up: false);
        it.Stream.Mode = ProxyMode.Pass;
        it.Stream.Cut();
    }

    /// <summary>Nothing comes through for a while, and then all of it at once.</summary>
    public static async Task FrozenAsync(UnderFault it)
    {
        it.Stream.Freeze();
        await it.AsksAsync(600);
        it.Stream.Thaw();
    }

    /// <summary>It tells of usages faster than they are asked for.</summary>
    public static async Task FloodingAsync(UnderFault it)
    {
        for (var i = 0; i < Flood; i++)
        {
            it.Control.SetUsage(UnderFault.ReportingCustomer(i), Trouble.Feature, UnderFault.MostReported + i);
            // Who reads too slowly is cut off by the cloud, which would be another fault.
            if (i % Burst == 0)
                await it.AsksAsync(10);
        }
    }
}
