using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What a cloud can do to a service, each from the begin of the fault to its end.</summary>
internal static class CloudFaults
{
    private const string NewKey = "rotated-key-7c1e93";
    private static readonly TimeSpan Flap = TimeSpan.FromSeconds(2);

    /// <summary>It is out of reach for a while, stream and all.</summary>
    public static async Task DeadAsync(UnderFault it)
    {
        await Task.WhenAll(it.Cloud.RefuseAsync(), it.Stream.RefuseAsync());
        await it.AsksAsync(800);
        it.Cloud.Accept();
        it.Stream.Accept();
    }

    /// <summary>It refuses the key from one moment to the next, and the new one is put into its file a while later.</summary>
    /// <param name="it">The service.</param>
    /// <param name="keyFile">The file.</param>
    public static async Task RotatedKeyAsync(UnderFault it, string keyFile)
    {
        it.Control.ApiKey = NewKey;
        it.Stream.Cut();
        await it.AsksAsync(400);
        await File.WriteAllTextAsync(keyFile, NewKey);
    }

    /// <summary>It comes and goes.</summary>
    public static async Task FlappingAsync(UnderFault it)
    {
        for (var i = 0; i < 3; i++)
        {
            await Task.WhenAll(it.Cloud.RefuseAsync(), it.Stream.RefuseAsync());
            await Task.Delay(Flap);
            it.Cloud.Accept();
            it.Stream.Accept();
            await Task.Delay(Flap);
        }
    }

    /// <summary>It answers late, then very slowly, then byte by byte.</summary>
    public static async Task SlowAsync(UnderFault it)
    {
        foreach (var mode in (ProxyMode[])[ProxyMode.Delayed(TimeSpan.FromSeconds(1)), ProxyMode.Throttled(2_000), ProxyMode.SlowLoris])
        {
            it.Cloud.Mode = it.Stream.Mode = mode;
            await it.AsksAsync(500);
        }

        it.Cloud.Mode = it.Stream.Mode = ProxyMode.Pass;
    }

    /// <summary>It answers with what nobody can use.</summary>
    public static async Task WrongAnswersAsync(UnderFault it)
    {
        it.Stream.Cut();
        foreach (var rule in (FaultRule[])
            [FaultRule.Answer(500), .. Enum.GetValues<BrokenBody>().Select(FaultRule.Broken), FaultRule.Garbage(), FaultRule.CutMidBody()])
        {
            it.Control.Faults.Clear();
            it.Control.Faults.Add(rule with { Target = RequestTarget.State });
            await it.AsksAsync(150);
        }

        it.Control.Faults.Clear();
        it.Cloud.Mode = it.Stream.Mode = ProxyMode.Garbage;
        await it.AsksAsync(300);
        it.Cloud.Mode = it.Stream.Mode = ProxyMode.Pass;
        // What was read of it as the begin of something long would be waited for.
        it.Cloud.Cut();
        it.Stream.Cut();
    }
}
