using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Xunit.Abstractions;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What is at work for customers really takes in memory, and what the cache charges for it: actors live as long as there is work.</summary>
public sealed class ActorMemorySpecs(WholeSystem system, ITestOutputHelper output) : IClassFixture<WholeSystem>
{
    private const int Tries = 3;
    private const long Noise = 2 << 20;
    private const long Still = 64 << 10;

    [Theory]
    [InlineData("waiting", 8, 4_000)]
    [InlineData("long-waiting", 2_000, 2_000)]
    public async Task Questions_that_wait_for_a_read_are_charged_what_they_take(string name, int idLength, int count)
    {
        var (charged, taken) = await MeasureAsync(name, idLength, count);

        output.WriteLine($"{name}: {taken / count} bytes a question with its actor, {charged / count} charged");
        ((double)charged / taken).Should().BeInRange(0.7, 1.3, $"{taken / count} bytes a question, {charged / count} charged");
    }

    private long Charged => system.Services.Cache.Bytes - system.Services.Cache.ViewBytes;

    // Again where something else has come or gone meanwhile.
    private async Task<(long Charged, long Taken)> MeasureAsync(string name, int idLength, int count)
    {
        system.CountsRequests = false;
        await AskAsync(name + "-warm", idLength, 200);
        await Eventually.HoldsAsync(() => Charged == 0, "all actors have stopped");
        for (var i = 1; ; i++)
        {
            var before = await SettledAsync();
            var gate = new TaskCompletionSource();
            system.Gate = gate.Task;
            var asked = AskAsync($"{name}-{i}", idLength, count);
            var metrics = system.Services.Counters;
            await Eventually.HoldsAsync(() => metrics.ReadsWaiting.Value + metrics.ReadsUnderWay.Value == count, "all wait");

            var (charged, taken) = (Charged, Taken() - before);
            system.Gate = Task.CompletedTask;
            gate.SetResult();
            await asked;
            await Eventually.HoldsAsync(() => Charged == 0, "all actors have stopped");
            if (Math.Abs(await SettledAsync() - before) < Noise || i == Tries)
                return (charged, taken);
        }
    }

    // Without the views, which are charged for themselves.
    private long Taken() => GC.GetTotalMemory(forceFullCollection: true) - system.Services.Cache.ViewBytes;

    // What was there before takes its time to go: timers that were called off, for one, go when they would have been due.
    private async Task<long> SettledAsync()
    {
        var (last, same) = (Taken(), 0);
        while (same < 3)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            var now = Taken();
            same = Math.Abs(now - last) < Still ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    private Task<(EntryKey Key, Found Found)[]> AskAsync(string name, int idLength, int count) => system.AskAllAsync(
        Enumerable.Range(0, count).Select(i => new EntryKey($"{name}-{i}".PadRight(idLength, 'x'))));
}
