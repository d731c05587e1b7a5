using System.Diagnostics;

namespace Sidecar.Fuzz.Driver;

/// <summary>
/// Tries inputs on one reader: first those that are known, then what mutation makes of them. What goes a way through the code that none went
/// before is kept, and mutated in its turn. The first failure ends it.
/// </summary>
/// <param name="target">The reader.</param>
/// <param name="limits">What no execution may take.</param>
internal sealed class FuzzRun(FuzzTarget target, FuzzLimits limits)
{
    // Executions between two looks at the heap.
    private const int HeapInterval = 1 << 16;

    // How often what was slow, or allocated much, is tried again: the first time is dear for reasons that are not the input's.
    private const int Repeats = 3;

    private readonly List<byte[]> _inputs = [];
    private readonly byte[] _running = new byte[target.MaxLength];
    private readonly Coverage _coverage = Coverage.OfProcess;
    private int _length;
    private long _executions;
    private long _largest;
    private TimeSpan _processorAtStart;
    private TimeSpan _longest;
    private FuzzFailure? _failure;

    /// <summary>All inputs that each showed something new, those of the start first.</summary>
    public IReadOnlyList<byte[]> Inputs => _inputs;

    /// <summary>Notes each input before it is tried, where that is wanted.</summary>
    public CurrentInput? Current { get; init; }

    /// <summary>Is told of an input that does not end, on another thread, while it still runs.</summary>
    public Action<FuzzFailure>? OnEndless { get; init; }

    /// <summary>Tries inputs.</summary>
    /// <param name="seeds">Those that are known.</param>
    /// <param name="budget">How long it goes on.</param>
    /// <param name="seed">Determines what mutation makes, as long as nothing else runs in this process.</param>
    public FuzzReport Run(IEnumerable<byte[]> seeds, FuzzBudget budget, ulong seed)
    {
        var dice = new Dice(seed);
        var mutator = new Mutator(dice, target);
        var start = Stopwatch.GetTimestamp();
        _processorAtStart = Environment.CpuUsage.TotalTime;
        using var watchdog = NewWatchdog();
        _coverage.Forget();
        foreach (var known in seeds)
        {
            if (!Try(known, watchdog))
                return Report(start);
            _coverage.Take();
            _inputs.Add(known);
        }

        if (_inputs.Count == 0)
            _inputs.Add([]);
        while (_executions < budget.Executions && (_executions % 64 != 0 || Stopwatch.GetElapsedTime(start) < budget.Time))
        {
            var made = mutator.Mutate(Parent(dice), _inputs[dice.Below(_inputs.Count)]);
            if (!Try(made, watchdog))
                return Report(start);
            if (_coverage.Take())
                _inputs.Add(made.ToArray());
        }

        return Report(start);
    }

    /// <summary>Tries one input.</summary>
    /// <returns>What it fails with, or null.</returns>
    public FuzzFailure? Try(byte[] input)
    {
        using var watchdog = NewWatchdog();
        Try(input, watchdog);
        return _failure;
    }

    private Watchdog NewWatchdog() => new(
        limits.Endless,
        () => OnEndless?.Invoke(new FuzzFailure(target.Name, _running[.._length], $"has not ended after {limits.Endless.TotalSeconds:0.#} s")));

    // Late finds are where the unknown is.
    private byte[] Parent(Dice dice)
    {
        var recent = Math.Max(1, _inputs.Count / 8);
        return _inputs[dice.OneIn(2) ? dice.Below(_inputs.Count) : _inputs.Count - 1 - dice.Below(recent)];
    }

    private bool Try(ReadOnlySpan<byte> input, Watchdog watchdog)
    {
        // Before it runs: one that does not end, or ends the process, is known by this alone.
        Current?.Set(input);
        _length = Math.Min(input.Length, _running.Length);
        input[.._length].CopyTo(_running);
        var (took, allocated) = Execute(input, watchdog);
        var allowed = target.AllowedBytes(input);
        for (var i = 0; i < Repeats && _failure is null && (took > limits.Slow || allocated > allowed); i++)
        {
            _coverage.Clear();
            var (tookThen, allocatedThen) = Execute(input, watchdog);
            (took, allocated) = (tookThen < took ? tookThen : took, Math.Min(allocated, allocatedThen));
        }

        _executions++;
        _largest = Math.Max(_largest, allocated);
        _longest = took > _longest ? took : _longest;
        if (_failure is null && took > limits.Slow)
            Fail(input, $"took {took.TotalMilliseconds:0} ms each of {Repeats + 1} times, allowed are {limits.Slow.TotalMilliseconds:0} ms");
        else if (_failure is null && allocated > allowed)
            Fail(input, $"allocated {allocated} bytes for an input of {input.Length}, allowed are {allowed}");
        else if (_failure is null && _executions % HeapInterval == 0 && IsHeapFull(out var used))
            Fail(input, $"{used} bytes are on the heap after {_executions} executions, allowed are {limits.Heap}; this input is the last one");
        return _failure is null;
    }

    private (TimeSpan Took, long Allocated) Execute(ReadOnlySpan<byte> input, Watchdog watchdog)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        watchdog.Begin();
        try
        {
            target.Execute(input);
        }
        catch (Exception e)
        {
            Fail(input, e is BrokenPromiseException ? e.Message : e.ToString());
        }

        return (watchdog.End(), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private bool IsHeapFull(out long used)
    {
        used = GC.GetTotalMemory(forceFullCollection: false);
        if (used <= limits.Heap)
            return false;
        used = GC.GetTotalMemory(forceFullCollection: true);
        return used > limits.Heap;
    }

    private void Fail(ReadOnlySpan<byte> input, string what) => _failure ??= new FuzzFailure(target.Name, input.ToArray(), what);

    private FuzzReport Report(long start) => new(target.Name, _executions, Stopwatch.GetElapsedTime(start))
    {
        Processor = Environment.CpuUsage.TotalTime - _processorAtStart,
        Edges = _coverage.Edges,
        Inputs = _inputs.Count,
        LargestAllocation = _largest,
        Longest = _longest,
        Failure = _failure,
    };
}
