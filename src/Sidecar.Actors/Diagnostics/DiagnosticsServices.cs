using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>What the <see cref="DiagnosticsActor"/> needs beside what all actors share.</summary>
public sealed record DiagnosticsServices
{
    /// <summary>Sees customers' actors.</summary>
    public required ICustomerSight Sight { get; init; }

    /// <summary>The way to the customers' actors.</summary>
    public required ICustomerRoad Road { get; init; }

    /// <summary>What is in force of the configuration.</summary>
    public required Func<ConfigReport> Config { get; init; }

    /// <summary>Judges whether the process is well; null where nobody does.</summary>
    public Func<VerdictReport?> Verdict { get; init; } = static () => null;

    /// <summary>The global fallback of a feature, or null.</summary>
    public Func<string, Fallback?> Fallback { get; init; } = static _ => null;
}
