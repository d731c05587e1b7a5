using FluentAssertions;
using Sidecar.Testing.Timed;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sidecar.Host.Tests.Timed;

/// <summary>Runs classes with timed specs as xunit runs them.</summary>
public sealed class TimedFactSpecs
{
    [Fact]
    public async Task One_attempt_that_holds_is_enough_and_those_before_it_can_be_read_in_the_result()
    {
        var run = await Run.OfAsync(nameof(Samples.Holds_at_the_second_attempt));

        var passed = run.Results.Should().ContainSingle().Which.Should().BeAssignableTo<ITestPassed>().Subject;
        passed.Output.Should().Be(
            "attempt 1 measures\n"
            + "attempt 1 of 3 failed: Sidecar.Host.Tests.Timed.TimedFactSpecs+Samples.Holds_at_the_second_attempt: too slow at attempt 1\n"
            + "attempt 2 measures\n");
        run.Diagnostics.Should().ContainSingle().Which.Should().Contain("too slow at attempt 1");
        run.Counts.Should().Be((2, 2, 2));
    }

    [Fact]
    public async Task Three_attempts_that_fail_are_a_failure_which_is_the_last_one()
    {
        var run = await Run.OfAsync(nameof(Samples.Holds_never));

        var failed = run.Results.Should().ContainSingle().Which.Should().BeAssignableTo<ITestFailed>().Subject;
        failed.Messages.Should().Equal("too slow at attempt 3");
        failed.Output.Should().Contain("attempt 1 of 3 failed").And.Contain("attempt 2 of 3 failed").And.NotContain("attempt 3 of 3 failed");
        run.Diagnostics.Should().HaveCount(2);
        run.Counts.Should().Be((3, 3, 3));
    }

    [Fact]
    public async Task What_holds_at_once_is_not_tried_again()
    {
        var run = await Run.OfAsync(nameof(Samples.Holds_at_once));

        run.Results.Should().ContainSingle().Which.Should().BeAssignableTo<ITestPassed>();
        run.Diagnostics.Should().BeEmpty();
        run.Counts.Should().Be((1, 1, 1));
    }

    [Theory]
    [InlineData(nameof(Samples.Skipped))]
    [InlineData(nameof(Samples.Skipped_theory))]
    public async Task What_is_skipped_is_not_tried(string method)
    {
        var run = await Run.OfAsync(method);

        run.Results.Should().ContainSingle().Which.Should().BeAssignableTo<ITestSkipped>().Which.Reason.Should().Be("not here");
        run.Counts.Made.Should().Be(0);
    }

    [Theory]
    [InlineData(nameof(Samples.Rows), 3)]
    [InlineData(nameof(Samples.Rows_that_cannot_be_written_down), 1)]
    public async Task Each_row_of_a_theory_has_attempts_of_its_own(string method, int cases)
    {
        var run = await Run.OfAsync(method);

        run.Cases.Should().Be(cases);
        run.Results.Select(result => (result is ITestPassed, result.Test.DisplayName[^3..])).Should().BeEquivalentTo([(true, " 1)"), (true, " 2)"), (false, " 4)")]);
        run.Counts.Should().Be((1 + 2 + 3, 6, 6));
    }

    [Fact]
    public async Task Failure_of_the_end_of_an_attempt_counts_too()
    {
        var run = await Run.OfAsync(nameof(Samples.Fails_at_its_end_once));

        run.Results.Should().ContainSingle().Which.Should().BeAssignableTo<ITestPassed>().Which.Output.Should().Contain("could not be disposed of");
    }

    /// <summary>A number that the runner can't write down.</summary>
    internal sealed class Number(int value)
    {
        public int Value { get; } = value;

        public override string ToString() => $"{Value}";
    }

    /// <summary>Shared by all attempts, as fixtures are.</summary>
    internal sealed class Counts
    {
        public int Made { get; set; }

        public int Initialized { get; set; }

        public int Disposed { get; set; }

        public Dictionary<int, int> Attempts { get; } = [];
    }

#pragma warning disable xUnit1000 // They are run by the specs above alone.
    internal sealed class Samples : IClassFixture<Counts>, IAsyncLifetime
#pragma warning restore xUnit1000
    {
        private readonly Counts _counts;
        private readonly ITestOutputHelper _output;
        private bool _failsAtItsEnd;

        public Samples(Counts counts, ITestOutputHelper output)
        {
            (_counts, _output) = (counts, output);
            counts.Made++;
            Run.Current.Value!.Shared = counts;
        }

        public static TheoryData<Number> Numbers => [new(1), new(2), new(4)];

        [TimedFact]
        public void Holds_at_once() => HoldAtAttempt(1);

        [TimedFact]
        public void Holds_at_the_second_attempt() => HoldAtAttempt(2);

        [TimedFact]
        public void Holds_never() => HoldAtAttempt(4);

        [TimedFact]
        public void Fails_at_its_end_once() => _failsAtItsEnd = _counts.Made == 1;

        [TimedFact(Skip = "not here")]
        public void Skipped() => HoldAtAttempt(1);

        [TimedTheory(Skip = "not here")]
        [MemberData(nameof(Numbers))]
        public void Skipped_theory(Number attempt) => HoldAtAttempt(attempt.Value);

        [TimedTheory]
        [InlineData(1)]
        [InlineData(2)]
        [InlineData(4)]
        public void Rows(int attempt) => HoldAtAttempt(attempt);

        [TimedTheory]
        [MemberData(nameof(Numbers))]
        public void Rows_that_cannot_be_written_down(Number attempt) => HoldAtAttempt(attempt.Value);

        public Task InitializeAsync()
        {
            _counts.Initialized++;
            return Task.CompletedTask;
        }

        public Task DisposeAsync()
        {
            _counts.Disposed++;
            return _failsAtItsEnd ? throw new InvalidOperationException("could not be disposed of") : Task.CompletedTask;
        }

        private void HoldAtAttempt(int attempt)
        {
            _counts.Initialized.Should().Be(_counts.Made);
            var now = _counts.Attempts[attempt] = _counts.Attempts.GetValueOrDefault(attempt) + 1;
            _output.WriteLine($"attempt {now} measures");
            if (now < attempt)
                throw new InvalidOperationException($"too slow at attempt {now}");
        }
    }

    private sealed class Run
    {
        public static readonly AsyncLocal<Run?> Current = new();

        public List<ITestResultMessage> Results { get; } = [];

        public List<string> Diagnostics { get; } = [];

        public int Cases { get; private set; }

        public Counts? Shared { private get; set; }

        /// <summary>How often the class was made, initialized, disposed of.</summary>
        public (int Made, int Initialized, int Disposed) Counts => Shared is null ? default : (Shared.Made, Shared.Initialized, Shared.Disposed);

        public static async Task<Run> OfAsync(string method)
        {
            var run = new Run();
            Current.Value = run;
            var diagnostics = new Sink(message =>
            {
                if (message is IDiagnosticMessage said)
                    run.Diagnostics.Add(said.Message);
            });
            var results = new Sink(message =>
            {
                if (message is ITestResultMessage result)
                    run.Results.Add(result);
            });
            var assembly = new TestAssembly(Reflector.Wrap(typeof(Samples).Assembly));
            var type = new TestClass(new TestCollection(assembly, null, "samples"), Reflector.Wrap(typeof(Samples)));
            var testMethod = new TestMethod(type, type.Class.GetMethod(method, includePrivateMethod: false));
            var attribute = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Single();
            var isTheory = typeof(TheoryAttribute).IsAssignableFrom(((ReflectionAttributeInfo)attribute).Attribute.GetType());
            IXunitTestCaseDiscoverer discoverer = isTheory ? new TimedTheoryDiscoverer(diagnostics) : new TimedFactDiscoverer(diagnostics);
            // Between its finding and its run a case is written down, as the runner of the tests does it.
            var cases = discoverer.Discover(new Options(), testMethod, attribute)
                .Select(found => SerializationHelper.Deserialize<IXunitTestCase>(SerializationHelper.Serialize(found))).ToList();
            run.Cases = cases.Count;
            var options = new Options();
            options.SetValue<bool?>("xunit.execution.DisableParallelization", true);
            options.SetValue<bool?>("xunit.execution.SynchronousMessageReporting", true);
            using var runner = new XunitTestAssemblyRunner(assembly, cases, diagnostics, results, options);
            await runner.RunAsync();
            return run;
        }
    }

    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out var value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }

    private sealed class Sink(Action<IMessageSinkMessage> onMessage) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            onMessage(message);
            return true;
        }
    }
}
