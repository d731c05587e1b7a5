using System.Reflection;
using System.Text;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sidecar.Testing.Timed;

/// <summary>
/// Runs a test until an attempt holds, three times at most, each with an instance of the class of its own. Attempts that failed stand in the
/// output of the result; where all did, the last failure is the result.
/// </summary>
internal sealed class TimedTestRunner(
    IMessageSink diagnostics,
    ITest test,
    IMessageBus messageBus,
    Type testClass,
    object[] constructorArguments,
    MethodInfo testMethod,
    object[] testMethodArguments,
    string skipReason,
    IReadOnlyList<BeforeAfterTestAttribute> beforeAfterAttributes,
    ExceptionAggregator aggregator,
    CancellationTokenSource cancellation)
    : XunitTestRunner(
        test,
        messageBus,
        testClass,
        constructorArguments,
        testMethod,
        testMethodArguments,
        skipReason,
        beforeAfterAttributes,
        aggregator,
        cancellation)
{
    /// <summary>How often a test is tried.</summary>
    internal const int Attempts = 3;

    /// <inheritdoc/>
    protected override async Task<Tuple<decimal, string>> InvokeTestAsync(ExceptionAggregator aggregator)
    {
        var seconds = 0m;
        var output = new StringBuilder();
        for (var attempt = 1; ; attempt++)
        {
            var own = new ExceptionAggregator();
            var (took, said) = await own.RunAsync(() => base.InvokeTestAsync(own)) ?? Tuple.Create(0m, "");
            seconds += took;
            output.Append(said);
            if (!own.HasExceptions || attempt == Attempts || CancellationTokenSource.IsCancellationRequested)
            {
                aggregator.Aggregate(own);
                return Tuple.Create(seconds, output.ToString());
            }

            var failure = $"attempt {attempt} of {Attempts} failed: {Test.DisplayName}: {own.ToException().Message}";
            output.AppendLine(failure);
            diagnostics.OnMessage(new DiagnosticMessage(failure));
        }
    }
}
