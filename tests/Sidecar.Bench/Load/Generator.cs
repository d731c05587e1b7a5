using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sidecar.Bench.Load;

/// <summary>What a load is made of.</summary>
/// <param name="Address">The server.</param>
/// <param name="Order">Which question is the n-th.</param>
/// <param name="Expectation">What is to be answered.</param>
internal sealed record LoadPlan(Uri Address, Func<long, Question> Order, Expectation Expectation)
{
    /// <summary>The number of the first question.</summary>
    public long First { get; init; }

    /// <summary>How many questions; null: as many as there is time for.</summary>
    public long? Count { get; init; }

    /// <summary>How long questions are asked; null: until all are.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>
    /// Questions a second, each asked at its time, whatever became of those before, and its latency counted from then; null: each as soon
    /// as another one is answered.
    /// </summary>
    public double? Rate { get; init; }
}

/// <summary>What came of a load.</summary>
/// <param name="Done">Answers, all of them right.</param>
/// <param name="Seconds">From the first question to the last answer.</param>
/// <param name="Latencies">How long they took.</param>
internal sealed record LoadResult(long Done, double Seconds, LatencyHistogram Latencies)
{
    /// <summary>Answers a second.</summary>
    public double PerSecond => Done / Seconds;
}

/// <summary>
/// Loads any server with many different questions, over a few connections on one thread, and checks each answer. (h2load has one body for
/// all questions.)
/// </summary>
internal sealed class Generator
{
    /// <summary>How many connections.</summary>
    public const int Connections = 4;

    /// <summary>How many questions each has open at most.</summary>
    public const int StreamsPerConnection = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly long LongestWait = 50_000_000;
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly LoadPlan _plan;
    private readonly CancellationToken _cancellation;
    private readonly LatencyHistogram _latencies = new();
    private readonly double _ticksPerQuestion;
    private long _last;

    private Generator(LoadPlan plan, CancellationToken cancellation)
    {
        (_plan, _cancellation) = (plan, cancellation);
        _ticksPerQuestion = plan.Rate is { } rate ? Stopwatch.Frequency / rate : 0;
    }

    /// <summary>Loads.</summary>
    /// <exception cref="BenchException">An answer was wrong, failed, or did not come.</exception>
    public static Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken cancellation) => Task.Factory.StartNew(
        () => new Generator(plan, cancellation).Run(), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private LoadResult Run()
    {
        // A question that is due in 80 µs is not to be asked in 130.
        _ = NativeMethods.ControlThread(NativeMethods.SetTimerSlack, 1, 0, 0, 0);
        var connections = new List<LoadConnection>();
        try
        {
            while (connections.Count < Connections)
                connections.Add(new LoadConnection(_plan.Address, StreamsPerConnection, _plan.Expectation, OnAnswer));
            return Run([.. connections]);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private LoadResult Run(LoadConnection[] connections)
    {
        var sockets = new NativeMethods.PollFd[connections.Length];
        // Each connection has every n-th question, so that none has to be handed on.
        var next = new long[connections.Length];
        for (var i = 0; i < connections.Length; i++)
            (sockets[i].Socket, next[i]) = (connections[i].Handle, i);
        var start = Stopwatch.GetTimestamp();
        _last = start;
        var end = _plan.Duration is { } duration ? start + (long)(duration.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
        var count = _plan.Count ?? long.MaxValue;
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            var soonest = long.MaxValue;
            var open = 0;
            for (var i = 0; i < connections.Length; i++)
            {
                var connection = connections[i];
                while (next[i] < count && connection.CanStart && Due(start, next[i]) is var due && due < end)
                {
                    if (due > now)
                    {
                        soonest = Math.Min(soonest, due);
                        break;
                    }

                    // Without a rate there is no time that it ought to have been asked at.
                    if (_plan.Rate is null && now >= end)
                        break;
                    connection.Start(_plan.Order(_plan.First + next[i]), _plan.Rate is null ? now : due);
                    next[i] += connections.Length;
                }

                connection.Flush();
                open += connection.Open;
                sockets[i].Wanted = (short)(connection.HasOutput ? NativeMethods.PollIn | NativeMethods.PollOut : NativeMethods.PollIn);
            }

            if (open is 0 && soonest is long.MaxValue)
                break;
            if (Stopwatch.GetElapsedTime(_last, now) > Patience)
                throw new BenchException($"{open} questions had no answer for {Patience.TotalSeconds:0} s");
            _cancellation.ThrowIfCancellationRequested();
            Await(sockets, connections, soonest is long.MaxValue ? LongestWait : (long)((soonest - now) * NanosecondsPerTick));
        }

        return new LoadResult(_latencies.Count, Stopwatch.GetElapsedTime(start, _last).TotalSeconds, _latencies);
    }

    private static void Await(NativeMethods.PollFd[] sockets, LoadConnection[] connections, long nanoseconds)
    {
        const int interrupted = 4;
        var timeout = new NativeMethods.TimeSpec(Math.Clamp(nanoseconds, 0, LongestWait));
        var ready = NativeMethods.Poll(sockets, (nuint)sockets.Length, timeout, 0);
        if (ready < 0 && Marshal.GetLastPInvokeError() is not interrupted)
            throw new BenchException($"the sockets can't be waited for: error {Marshal.GetLastPInvokeError()}");
        for (var i = 0; ready > 0 && i < sockets.Length; i++)
        {
            if ((sockets[i].Seen & ~NativeMethods.PollOut) is not 0)
                connections[i].Receive();
        }
    }

    private long Due(long start, long number) => start + (long)(number * _ticksPerQuestion);

    private void OnAnswer(long since)
    {
        _last = Stopwatch.GetTimestamp();
        _latencies.Add((long)((_last - since) * NanosecondsPerTick / 1000));
    }
}
