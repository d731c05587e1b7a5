using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sidecar.Soak.Running;

/// <summary>What was seen, counted by many at once.</summary>
/// <param name="moment">Tells, in words, what is going on.</param>
internal sealed class Tally(Func<string> moment)
{
    // Enough to see what goes wrong.
    private const int ProblemsKept = 20;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private ConcurrentQueue<double> _latencies = new();
    private long _knownReads;
    private long _knownFallbacks;
    private long _knownFailures;
    private long _otherReads;
    private long _otherFallbacks;
    private long _wrong;
    private long _changes;
    private long _late;

    /// <summary>Reads of customers that are asked about all the time.</summary>
    public long KnownReads => Interlocked.Read(ref _knownReads);

    /// <summary>Those of them that a fallback answered.</summary>
    public long KnownFallbacks => Interlocked.Read(ref _knownFallbacks);

    /// <summary>Those of them that got no answer.</summary>
    public long KnownFailures => Interlocked.Read(ref _knownFailures);

    /// <summary>Reads of other customers.</summary>
    public long OtherReads => Interlocked.Read(ref _otherReads);

    /// <summary>Those of them that a fallback answered: the cloud was out of reach, and nobody had asked about them before.</summary>
    public long OtherFallbacks => Interlocked.Read(ref _otherFallbacks);

    /// <summary>Answers that can't be right.</summary>
    public long Wrong => Interlocked.Read(ref _wrong);

    /// <summary>Answers that were behind the cloud at first, and right a second later: another question had come before the news.</summary>
    public long Late => Interlocked.Read(ref _late);

    /// <summary>Changes that the cloud made by itself.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>The first few things that went wrong, in words.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Counts a read of a known customer that was answered as it should be.</summary>
    public void KnownRead(double milliseconds)
    {
        Interlocked.Increment(ref _knownReads);
        Volatile.Read(ref _latencies).Enqueue(milliseconds);
    }

    /// <summary>Counts one that a fallback answered.</summary>
    public void KnownFallback(string problem)
    {
        Interlocked.Increment(ref _knownReads);
        Interlocked.Increment(ref _knownFallbacks);
        Note(problem);
    }

    /// <summary>Counts one that got no answer.</summary>
    public void KnownFailure(string problem)
    {
        Interlocked.Increment(ref _knownReads);
        Interlocked.Increment(ref _knownFailures);
        Note(problem);
    }

    /// <summary>Counts a read of another customer.</summary>
    public void OtherRead(bool isFallback)
    {
        Interlocked.Increment(ref _otherReads);
        if (isFallback)
            Interlocked.Increment(ref _otherFallbacks);
    }

    /// <summary>Counts an answer that can't be right.</summary>
    public void WrongAnswer(string problem)
    {
        Interlocked.Increment(ref _wrong);
        Note(problem);
    }

    /// <summary>Counts an answer that was behind at first.</summary>
    public void LateAnswer() => Interlocked.Increment(ref _late);

    /// <summary>Counts a change.</summary>
    public void Change() => Interlocked.Increment(ref _changes);

    /// <summary>The latencies since the last call, ascending.</summary>
    public double[] TakeLatencies()
    {
        var taken = Interlocked.Exchange(ref _latencies, new()).ToArray();
        Array.Sort(taken);
        return taken;
    }

    private void Note(string problem)
    {
        if (_problems.Count < ProblemsKept)
            _problems.Enqueue($"{_watch.Elapsed:hh\\:mm\\:ss}, {moment()}: {problem}");
    }
}
