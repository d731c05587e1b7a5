using System.Diagnostics;
using Grpc.Core;

namespace Sidecar.Soak.Running;

/// <summary>Those who ask: about known customers all the time, and one time in fifteen about another one.</summary>
internal sealed class Readers(World world, SoakOptions options)
{
    private const int OtherEvery = 15;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(12);

    // An answer given so long after the last change has to show it, where nothing was wrong since.
    private static readonly TimeSpan NewsTakes = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(1);

    /// <summary>Asks until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Pace.RunAsync(options.QuestionsPerSecond, AskAsync, stop);

    private Task AskAsync(long number)
    {
        // Each kind of question comes of each customer: another one in each round over all of them.
        var customer = (int)(number * 7919 % options.Known);
        return number % OtherEvery is 0
            ? AskOtherAsync((int)(number / OtherEvery * 7919 % options.Others), number)
            : ((number + (number / options.Known)) % 4) switch
            {
                0 => AskKnownAsync(number, customer, world.Told, it => world.UsedOf(it, SoakData.Told), AskToldAsync),
                1 => AskKnownAsync(number, customer, world.Reported, it => world.UsedOf(it, SoakData.Reported), AskReportedAsync),
                2 => AskKnownAsync(number, customer, world.Size, world.SizeOf, AskSizeAsync),
                _ => AskKnownAsync(number, customer, fact: null, _ => 1, AskFlagAsync),
            };
    }

    private async Task AskKnownAsync(long number, int customer, Fact? fact, Func<int, double> truth, Func<long, int, Task<(bool IsFallback, double Value)>> ask)
    {
        var (least, calm) = (fact?.Least(customer) ?? 1, world.IsCalm);
        var isNewsDue = fact is not null && Stopwatch.GetElapsedTime(fact.ChangedAt(customer)) > NewsTakes;
        var due = truth(customer);
        var start = Stopwatch.GetTimestamp();
        try
        {
            var (isFallback, value) = await ask(number, customer);
            var took = Stopwatch.GetElapsedTime(start);
            var who = $"{SoakData.Known(customer)}, question {number},";
            if (isFallback)
            {
                world.Tally.KnownFallback($"{who} was answered by a fallback after {took.TotalMilliseconds:0} ms");
                return;
            }

            world.Tally.KnownRead(took.TotalMilliseconds);
            if (Fact.Problem(value, least, truth(customer)) is { } problem)
                world.Tally.WrongAnswer($"{who} {problem}");
            else
                fact?.Seen(customer, value);
            if (calm && isNewsDue && value < due)
                await LookAgainAsync(number, customer, due, ask, who);
        }
        catch (RpcException e)
        {
            world.Tally.KnownFailure(
                $"{SoakData.Known(customer)}, question {number}, failed after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms: {e.Status}");
        }
    }

    // One that was told before the news is no fault; one that goes on saying so is.
    private async Task LookAgainAsync(long number, int customer, double due, Func<long, int, Task<(bool IsFallback, double Value)>> ask, string who)
    {
        world.Tally.LateAnswer();
        await Task.Delay(SecondLook, CancellationToken.None);
        var (isFallback, value) = await ask(number, customer);
        if (world.IsCalm && !isFallback && value < due)
            world.Tally.WrongAnswer($"{who} goes on to say {value}, while the cloud has had {due} for more than {NewsTakes.TotalSeconds:0} s");
    }

    private async Task AskOtherAsync(int other, long number)
    {
        try
        {
            var reply = await world.Clients[number / 4 % world.Clients.Length].GetMeteredEntitlementAsync(
                new() { CustomerId = SoakData.Other(other), FeatureId = SoakData.Told }, deadline: In(Deadline));
            if (!reply.IsFallback && reply.Entitlement.CurrentUsage is not 1)
                world.Tally.WrongAnswer($"{SoakData.Other(other)} says {reply.Entitlement.CurrentUsage} where the cloud has 1");
            world.Tally.OtherRead(reply.IsFallback);
        }
        catch (RpcException e)
        {
            world.Tally.WrongAnswer($"{SoakData.Other(other)} got no answer: {e.Status}");
        }
    }

    private async Task<(bool IsFallback, double Value)> AskToldAsync(long number, int customer) => await AskMeteredAsync(number, customer, SoakData.Told);

    private async Task<(bool IsFallback, double Value)> AskReportedAsync(long number, int customer) => await AskMeteredAsync(number, customer, SoakData.Reported);

    private async Task<(bool IsFallback, double Value)> AskMeteredAsync(long number, int customer, string feature)
    {
        var reply = await world.Clients[number / 4 % world.Clients.Length].GetMeteredEntitlementAsync(
            new() { CustomerId = SoakData.Known(customer), FeatureId = feature }, deadline: In(Deadline));
        return (reply.IsFallback, reply.Entitlement?.CurrentUsage ?? 0);
    }

    private async Task<(bool IsFallback, double Value)> AskSizeAsync(long number, int customer)
    {
        var reply = await world.Clients[number / 4 % world.Clients.Length].GetNumericEntitlementAsync(
            new() { CustomerId = SoakData.Known(customer), FeatureId = SoakData.Size }, deadline: In(Deadline));
        return (reply.IsFallback, reply.Entitlement?.Value ?? 0);
    }

    private async Task<(bool IsFallback, double Value)> AskFlagAsync(long number, int customer)
    {
        var reply = await world.Clients[number / 4 % world.Clients.Length].GetBooleanEntitlementAsync(
            new() { CustomerId = SoakData.Known(customer), FeatureId = SoakData.Flag }, deadline: In(Deadline));
        return (reply.IsFallback, reply.HasAccess ? 1 : 0);
    }

    private static DateTime In(TimeSpan time) => TimeProvider.System.GetUtcNow().UtcDateTime + time;
}
