using Sidecar.Host.Configuration;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Probing;

/// <summary>Asks one of the two endpoints of the service that runs beside it with the same variables.</summary>
public abstract class ProbeCommand : Command
{
    /// <summary>Exit code of a service that is well.</summary>
    public const int Up = 0;

    /// <summary>Exit code of a service that is not, or gives no answer.</summary>
    public const int Down = 1;

    private const int LongestLine = 1000;

    // With the start of the program it stays below 2.5 s, and so below the 3 s that a check usually has.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.2);

    /// <inheritdoc/>
    public override string Details => $"""
        It asks the port METRICS_PORT at METRICS_BIND (at this machine's own address where that stands for all) for the path {PathSetting.Name},
        and takes these from the environment as the service does. It ends within 2.5 s.

        Exit codes:
          {Up}   the service says UP; nothing is printed
          {Down}   the service says DOWN, or does not answer; the reasons go to standard error, in one line
          {ExitCodes.BadUsage}  an argument that is not understood
          {SidecarApp.BadConfiguration}  there is no port to ask: METRICS_PORT is off, 0 or can't be used
        """;

    /// <summary>The variable that the path comes from.</summary>
    protected abstract Setting PathSetting { get; }

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        RequireNone(arguments);
        var reader = context.Settings();
        // The memory available decides nothing here.
        var options = SidecarOptions.Read(reader, availableMemory: 0);
        if (ProbeTarget.WhyNone(options, reader) is { } reason)
            return Task.FromResult(Say(reason, SidecarApp.BadConfiguration, context));
        var fault = HttpProbe.Ask(ProbeTarget.AddressesOf(options.MetricsBind), options.MetricsPort, PathOf(options), Patience);
        return Task.FromResult(fault is null ? Up : Say(fault, Down, context));
    }

    /// <summary>The path to ask for.</summary>
    protected abstract string PathOf(SidecarOptions options);

    private int Say(string reason, int exitCode, CommandContext context)
    {
        context.Error.WriteLine(Excerpt.Of($"sidecar {Name}: {reason}", LongestLine));
        return exitCode;
    }
}
