using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>One service through all faults that one can live through, one after the other, as over a long bad day.</summary>
[Collection(AloneCollection.Name)]
public sealed class AllFaultsSpecs(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ClockFact]
    public async Task Over_all_faults_99_99_percent_of_the_reads_of_known_customers_are_answered_and_not_by_a_fallback()
    {
        var (clock, key) = (Path.Combine(_folder, "clock"), Path.Combine(_folder, "key"));
        await FakeClock.SetAsync(clock, "+0");
        await File.WriteAllTextAsync(key, ServiceUnderTest.ApiKey);
        await using var it = await UnderFault.StartAsync(
            "all faults in turn",
            new(FakeClock.Variables(clock)) { ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = key },
            filesAtMost: ProcessFaults.FilesAtMost);

        (string Name, Func<Task> Run)[] faults =
        [
            ("cloud dead", () => CloudFaults.DeadAsync(it)),
            ("cloud flapping", () => CloudFaults.FlappingAsync(it)),
            ("cloud slow", () => CloudFaults.SlowAsync(it)),
            ("wrong answers", () => CloudFaults.WrongAnswersAsync(it)),
            ("key rotated", () => CloudFaults.RotatedKeyAsync(it, key)),
            ("stream frozen", () => StreamFaults.FrozenAsync(it)),
            ("stream half-open", () => StreamFaults.HalfOpenAsync(it)),
            ("stream flooding", () => StreamFaults.FloodingAsync(it)),
            ("clock jumping", () => ProcessFaults.JumpingClockAsync(it, clock)),
            ("connections without end", () => ProcessFaults.NoDescriptorsAsync(it)),
            ("10,000 streams", () => ClientFaults.ManyStreamsAsync(it, connections: 6)),
            ("rapid reset", () => ClientFaults.RapidResetAsync(it)),
            ("never reading", () => ClientFaults.NeverReadingAsync(it, connections: 6)),
            ("byte by byte", () => ClientFaults.SlowLorisAsync(it)),
            ("too long", () => ClientFaults.OversizedAsync(it)),
            ("unended messages", () => ClientFaults.UnendedMessagesAsync(it, calls: 300)),
        ];
        foreach (var (name, run) in faults)
        {
            await run();
            output.WriteLine($"{name}: healed after {(await it.HealsAsync()).TotalSeconds:0.0} s; {it.It.Service.ResidentMegabytes():0} MB");
        }

        output.WriteLine(await it.EndsWellAsync());
    }
}
