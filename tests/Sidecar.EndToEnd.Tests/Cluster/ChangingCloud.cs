using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>
/// A cloud whose customers' usage goes on changing, and a constant load of questions about it to all nodes. Each answer is looked at against
/// what the cloud knew when its question was sent.
/// </summary>
/// <param name="it">The nodes and the cloud.</param>
/// <param name="nodes">How many nodes.</param>
/// <param name="known">How many customers all nodes have been asked about.</param>
internal sealed class ChangingCloud(CloudOfCluster it, int nodes, int known)
{
    /// <summary>One question in so many is about a customer of whom nobody was asked before.</summary>
    public const int NewOneIn = 100;

    private const int Rate = 200;
    private const double FirstUsage = 25;
    private static readonly TimeSpan ChangeInterval = TimeSpan.FromMilliseconds(200);

    // Of each customer, what it was changed to, and when.
    private readonly ConcurrentDictionary<int, List<(double Usage, long At)>> _changes = [];
    private readonly ConcurrentQueue<(int Node, long SentAt, TimeSpan Took, TimeSpan Age)> _answers = [];
    private readonly ConcurrentBag<string> _failures = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private double _usage = FirstUsage;

    /// <summary>Questions without an answer, with a fallback, or with an answer that was never true.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>The oldest answer: how long before its question was sent the cloud had changed what it tells.</summary>
    public TimeSpan Oldest => _answers.Max(static answer => answer.Age);

    /// <summary>The time that the slowest answer took.</summary>
    public TimeSpan Longest => _answers.Max(static answer => answer.Took);

    /// <summary>How many customers a load of some length may ask about.</summary>
    /// <param name="known">How many are known.</param>
    /// <param name="length">The longest.</param>
    public static int Customers(int known, TimeSpan length) => known + (int)(length.TotalSeconds * Rate / NewOneIn);

    /// <summary>Asks each node about each known customer.</summary>
    public async Task AskAllAsync()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, known * nodes),
            new ParallelOptions { MaxDegreeOfParallelism = 20 },
            async (i, _) => await AskAsync(1 + (i % nodes), i / nodes));
        // First questions take their time.
        _answers.Clear();
    }

    /// <summary>Asks and changes until something is done.</summary>
    /// <param name="changed">How many of the known customers are changed in turn.</param>
    /// <param name="ask">Whether a node is to be asked.</param>
    /// <param name="what">What is done meanwhile.</param>
    public async Task DuringAsync(int changed, Func<int, bool> ask, Func<Task> what)
    {
        using var stop = new CancellationTokenSource();
        var load = Load.RunAsync(Rate, call => LoadAsync(call, ask), stop.Token);
        var changing = ChangeAsync(changed, stop.Token);
        try
        {
            await what();
        }
        finally
        {
            await stop.CancelAsync();
            await changing;
            await load;
        }
    }

    /// <summary>Waits until every node answers with what the cloud knows last.</summary>
    public async Task AllKnowTheLastAsync() => await Eventually.HoldsAsync(async () =>
    {
        foreach (var (customer, changes) in _changes)
        {
            for (var node = 1; node <= nodes; node++)
            {
                if ((await it.AskAsync(node, Many.Id(customer))).Entitlement?.CurrentUsage != changes[^1].Usage)
                    return false;
            }
        }

        return true;
    });

    /// <inheritdoc/>
    public override string ToString()
    {
        var took = _answers.Select(static answer => answer.Took.TotalMilliseconds).Order().ToArray();
        var slow = _answers.OrderByDescending(static answer => answer.Took).Take(3).Select(answer => $"{answer.Took.TotalMilliseconds:0} ms {At(answer)}");
        var old = _answers.OrderByDescending(static answer => answer.Age).Take(3).Select(answer => $"{answer.Age.TotalMilliseconds:0} ms {At(answer)}");
        return $"{took.Length} answers and {_failures.Count} failures; p99 {took[took.Length * 99 / 100]:0.0} ms, longest {string.Join(", ", slow)}; "
            + $"oldest {string.Join(", ", old)}";

        string At((int Node, long SentAt, TimeSpan Took, TimeSpan Age) answer) =>
            $"(node {answer.Node}, at {Stopwatch.GetElapsedTime(_began, answer.SentAt).TotalSeconds:0.0} s)";
    }

    private async Task<bool> LoadAsync(int call, Func<int, bool> ask)
    {
        var node = 1 + (call % nodes);
        if (!ask(node))
            return true;
        return await AskAsync(node, call % NewOneIn == 0 ? known + (call / NewOneIn) : call / nodes % known);
    }

    private async Task<bool> AskAsync(int node, int customer)
    {
        var sentAt = Stopwatch.GetTimestamp();
        try
        {
            var reply = await it.AskAsync(node, Many.Id(customer));
            var took = Stopwatch.GetElapsedTime(sentAt);
            if (!reply.IsFallback && AgeOf(customer, reply.Entitlement.CurrentUsage, sentAt) is { } age)
            {
                _answers.Enqueue((node, sentAt, took, age));
                return true;
            }

            Fail(reply.ToString());
        }
        catch (RpcException e)
        {
            Fail(e.Status.ToString());
        }

        return false;

        void Fail(string what) =>
            _failures.Add($"node {node}, customer {customer}, at {Stopwatch.GetElapsedTime(_began, sentAt).TotalSeconds:0.0} s: {what}");
    }

    private async Task ChangeAsync(int changed, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ChangeInterval);
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(stop); i++)
            {
                var (customer, usage) = (i % changed, ++_usage);
                var changes = _changes.GetOrAdd(customer, static _ => [(FirstUsage, 0)]);
                lock (changes)
                    changes.Add((usage, Stopwatch.GetTimestamp()));
                it.Control.SetUsage(Many.Id(customer), Trouble.Feature, usage);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    // Null where that was never true.
    private TimeSpan? AgeOf(int customer, double usage, long sentAt)
    {
        if (!_changes.TryGetValue(customer, out var changes))
            return usage == FirstUsage ? TimeSpan.Zero : null;
        lock (changes)
        {
            var place = changes.FindIndex(change => change.Usage == usage);
            return place < 0 ? null
                : place + 1 < changes.Count && changes[place + 1].At < sentAt ? Stopwatch.GetElapsedTime(changes[place + 1].At, sentAt)
                : TimeSpan.Zero;
        }
    }
}
