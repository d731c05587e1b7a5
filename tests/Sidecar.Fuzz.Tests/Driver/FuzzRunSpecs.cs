using System.Diagnostics;
using FluentAssertions;
using Sidecar.Fuzz.Driver;
using Xunit;

namespace Sidecar.Fuzz.Tests.Driver;

/// <summary>What is wrong with a reader is found, whatever kind of wrong it is.</summary>
public sealed class FuzzRunSpecs
{
    private static readonly byte[][] Seeds = [[.. "seed"u8]];

    [Fact]
    public void Sound_reader_is_tried_as_often_as_is_asked_for()
    {
        var count = 0;

        var report = Run(_ => count++, executions: 500);

        report.Failure.Should().BeNull();
        (report.Executions, count).Should().Be((500, 500));
    }

    [Fact]
    public void Crash_is_found_with_the_input_that_causes_it()
    {
        var report = Run(input =>
        {
            if (input.Contains((byte)0xff))
                throw new InvalidOperationException("planted");
        });

        report.Failure!.Input.Should().Contain(0xff);
        report.Failure.What.Should().Contain("InvalidOperationException").And.Contain("planted");
    }

    [Fact]
    public void Broken_promise_is_found() =>
        Run(input => throw new BrokenPromiseException($"{input.Length} is odd")).Failure!.What.Should().Be("4 is odd");

    [Fact]
    public void Allocation_beyond_the_bound_is_found()
    {
        var report = Run(input => GC.KeepAlive(input.Length > 10 ? new byte[100_000] : input));

        report.Failure!.What.Should().MatchRegex("^allocated 1[0-9]{5} bytes for an input of [0-9]+, allowed are [0-9]+$");
        report.Failure.Input.Length.Should().BeGreaterThan(10);
    }

    [Fact]
    public void What_is_allocated_once_is_no_failure()
    {
        byte[]? kept = null;

        Run(_ => kept ??= new byte[100_000], executions: 100).Failure.Should().BeNull();
    }

    [Fact]
    public void What_stays_on_the_heap_is_found()
    {
        var kept = new List<byte[]>();

        var report = Run(_ => kept.Add(new byte[2048]), new FuzzLimits { Heap = 64 * 1024 * 1024 });

        report.Failure!.What.Should().Contain("on the heap");
        GC.KeepAlive(kept);
    }

    [Fact]
    public void Slow_input_is_found_once_it_is_slow_each_time()
    {
        var tries = 0;

        var report = Run(input => Spin(input.Length > 4 && tries++ >= 0 ? 60 : 0), new FuzzLimits { Slow = TimeSpan.FromMilliseconds(50) });

        report.Failure!.What.Should().Contain("of 4 times");
        tries.Should().Be(4);
    }

    [Fact]
    public void Input_that_is_slow_once_is_no_failure()
    {
        var tries = 0;

        Run(_ => Spin(tries++ == 3 ? 500 : 0), new FuzzLimits { Slow = TimeSpan.FromMilliseconds(400) }, executions: 50).Failure.Should().BeNull();
    }

    [Fact]
    public async Task Hang_is_told_while_it_lasts()
    {
        var told = new TaskCompletionSource<FuzzFailure>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = new ManualResetEventSlim();
        var run = new FuzzRun(new Planted(input =>
        {
            if (input.Length > 6)
                end.Wait(TimeSpan.FromSeconds(30));
        }), new FuzzLimits { Slow = TimeSpan.FromSeconds(60), Endless = TimeSpan.FromSeconds(3) })
        { OnEndless = told.SetResult };

        var running = Task.Run(() => run.Run(Seeds, new FuzzBudget(100_000, TimeSpan.FromSeconds(30)), seed: 1));
        var failure = await told.Task.WaitAsync(TimeSpan.FromSeconds(30));

        failure.Input.Length.Should().BeGreaterThan(6);
        failure.What.Should().Be("has not ended after 3 s");
        end.Set();
        await running;
    }

    [Fact]
    public void Same_seed_makes_the_same_inputs()
    {
        InputsOf(seed: 7).Should().Equal(InputsOf(seed: 7));
        InputsOf(seed: 7).Should().NotEqual(InputsOf(seed: 8));

        static List<string> InputsOf(ulong seed)
        {
            var inputs = new List<string>();
            new FuzzRun(new Planted(input => inputs.Add(Convert.ToHexString(input))), new FuzzLimits()).Run(Seeds, FuzzBudget.Of(200), seed);
            return inputs;
        }
    }

    [Fact]
    public unsafe void Ways_through_the_code_lead_to_what_chance_alone_would_not_find()
    {
        var magic = "magic"u8.ToArray();

        var report = Run(input =>
        {
            // As instrumented code does it.
            var known = input.Zip(magic).TakeWhile(pair => pair.First == pair.Second).Count();
            SharpFuzz.Common.Trace.SharedMem[1000 + known]++;
            if (known == magic.Length)
                throw new InvalidOperationException("found");
        }, executions: 2_000_000);

        report.Failure!.What.Should().Contain("found");
        report.Edges.Should().Be(magic.Length);
    }

    private static FuzzReport Run(Action<byte[]> read, FuzzLimits? limits = null, long executions = 200_000) =>
        new FuzzRun(new Planted(read), limits ?? new FuzzLimits()).Run(Seeds, FuzzBudget.Of(executions), seed: 1);

    private static void Spin(int milliseconds)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            // Time passes.
        }
    }
}
