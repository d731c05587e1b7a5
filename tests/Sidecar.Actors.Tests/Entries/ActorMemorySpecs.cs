using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Xunit.Abstractions;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What is at work for customers really takes in memory, and what the cache charges for it.</summary>
public sealed class ActorMemorySpecs(WholeSystem system, ITestOutputHelper output) : IClassFixture<WholeSystem>
{
    [Theory]
    [InlineData("short", 8, 3_000)]
    [InlineData("long", 2_000, 500)]
    public async Task Live_actors_are_charged_what_they_take(string name, int idLength, int count)
    {
        system.CountsRequests = false;
        await AskAsync(name + "-warm", idLength, 200);
        await Eventually.HoldsAsync(() => Charged == 0, "all actors have stopped");
        var before = Taken();

        await AskAsync(name, idLength, count);
        var charged = Charged;
        var taken = Taken() - before;

        output.WriteLine($"{name}: {taken / count} bytes an actor, {charged / count} charged");
        ((double)charged / taken).Should().BeInRange(0.7, 1.3, $"{taken / count} bytes an actor, {charged / count} charged");
    }

    [Theory]
    [InlineData("waiting", 8, 3_000)]
    [InlineData("long-waiting", 2_000, 500)]
    public async Task Questions_that_wait_for_a_read_are_charged_what_they_take(string name, int idLength, int count)
    {
        system.CountsRequests = false;
        await AskAsync(name + "-warm", idLength, 200);
        await Eventually.HoldsAsync(() => Charged == 0, "all actors have stopped");
        var gate = new TaskCompletionSource();
        system.Gate = gate.Task;
        var before = Taken();

        var asked = AskAsync(name, idLength, count);
        await Eventually.HoldsAsync(
            () => system.Services.Counters.ReadsWaiting.Value + system.Services.Counters.ReadsUnderWay.Value == count, "all wait");
        var charged = Charged;
        var taken = Taken() - before;
        system.Gate = Task.CompletedTask;
        gate.SetResult();
        await asked;

        output.WriteLine($"{name}: {taken / count} bytes a question, {charged / count} charged");
        ((double)charged / taken).Should().BeInRange(0.7, 1.3, $"{taken / count} bytes a question with its actor, {charged / count} charged");
    }

    private long Charged => system.Services.Cache.Bytes - system.Services.Cache.ViewBytes;

    // Without the views, which are charged for themselves.
    private long Taken() => GC.GetTotalMemory(forceFullCollection: true) - system.Services.Cache.ViewBytes;

    private Task<Found[]> AskAsync(string name, int idLength, int count) => Task.WhenAll(Enumerable.Range(0, count)
        .Select(i => system.AskAsync(new EntryKey($"{name}-{i}".PadRight(idLength, 'x'))).AsTask()));
}
