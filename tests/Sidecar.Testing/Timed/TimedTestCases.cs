using System.ComponentModel;
using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sidecar.Testing.Timed;

/// <summary>One fact, or one row of a theory, that is tried more than once.</summary>
public sealed class TimedTestCase : XunitTestCase
{
    /// <summary>For xunit, which fills it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("Only xunit calls it.")]
    public TimedTestCase()
    {
    }

    /// <summary>Makes one.</summary>
    public TimedTestCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, object[]? arguments = null)
        : base(diagnostics, display, options, method, arguments)
    {
    }

    /// <inheritdoc/>
    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource) => new Runner(
            this, DisplayName, SkipReason, constructorArguments, TestMethodArguments, diagnosticMessageSink, messageBus, aggregator, cancellationTokenSource)
        .RunAsync();

    private sealed class Runner(
        IXunitTestCase testCase,
        string displayName,
        string skipReason,
        object[] constructorArguments,
        object[] methodArguments,
        IMessageSink diagnostics,
        IMessageBus bus,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellation)
        : XunitTestCaseRunner(testCase, displayName, skipReason, constructorArguments, methodArguments, bus, aggregator, cancellation)
    {
        protected override XunitTestRunner CreateTestRunner(
            ITest test,
            IMessageBus messageBus,
            Type testClass,
            object[] constructorArguments,
            MethodInfo testMethod,
            object[] testMethodArguments,
            string skipReason,
            IReadOnlyList<BeforeAfterTestAttribute> beforeAfterAttributes,
            ExceptionAggregator aggregator,
            CancellationTokenSource cancellationTokenSource) => new TimedTestRunner(
                diagnostics,
                test,
                messageBus,
                testClass,
                constructorArguments,
                testMethod,
                testMethodArguments,
                skipReason,
                beforeAfterAttributes,
                aggregator,
                cancellationTokenSource);
    }
}

/// <summary>A theory whose rows can't be written down beforehand; each of them is tried more than once.</summary>
public sealed class TimedTheoryTestCase : XunitTheoryTestCase
{
    /// <summary>For xunit, which fills it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("Only xunit calls it.")]
    public TimedTheoryTestCase()
    {
    }

    /// <summary>Makes one.</summary>
    public TimedTheoryTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    /// <inheritdoc/>
    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource) => new Runner(
            this, DisplayName, SkipReason, constructorArguments, diagnosticMessageSink, messageBus, aggregator, cancellationTokenSource)
        .RunAsync();

    private sealed class Runner(
        IXunitTestCase testCase,
        string displayName,
        string skipReason,
        object[] constructorArguments,
        IMessageSink diagnostics,
        IMessageBus bus,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellation)
        : XunitTheoryTestCaseRunner(testCase, displayName, skipReason, constructorArguments, diagnostics, bus, aggregator, cancellation)
    {
        protected override XunitTestRunner CreateTestRunner(
            ITest test,
            IMessageBus messageBus,
            Type testClass,
            object[] constructorArguments,
            MethodInfo testMethod,
            object[] testMethodArguments,
            string skipReason,
            IReadOnlyList<BeforeAfterTestAttribute> beforeAfterAttributes,
            ExceptionAggregator aggregator,
            CancellationTokenSource cancellationTokenSource) => new TimedTestRunner(
                DiagnosticMessageSink,
                test,
                messageBus,
                testClass,
                constructorArguments,
                testMethod,
                testMethodArguments,
                skipReason,
                beforeAfterAttributes,
                aggregator,
                cancellationTokenSource);
    }
}
