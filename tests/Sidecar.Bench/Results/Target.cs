using Sidecar.Bench.Sections;

namespace Sidecar.Bench.Results;

/// <summary>What a figure is to keep to.</summary>
/// <param name="Section">The part of the benchmark.</param>
/// <param name="What">The figure.</param>
/// <param name="To">The server whose figure it is divided by; null: the figure itself.</param>
/// <param name="Least">The least it may be.</param>
/// <param name="Most">The most it may be.</param>
internal sealed record Target(string Section, string What, string? To = null, double Least = double.NegativeInfinity, double Most = double.PositiveInfinity)
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new(Sections.Section.Mixed, Results.What.Throughput, Server.Bare, Least: 0.90),
        new(Sections.Section.Mixed, Results.What.CpuACall, Server.Bare, Most: 1.15),
        new(Sections.Section.Mixed, Results.What.Throughput, Server.Node, Least: 8),
        new(Sections.Section.Rate, Results.What.P99, Server.Bare, Most: 1.25),
        new(Sections.Section.Rate, Results.What.P999, Server.Bare, Most: 1.5),
        // Beside the figure of a bare server that shares its cores with the updates as well: they alone cost it most of what is allowed.
        new(Sections.Section.Rate, Results.What.P99 + Results.What.BesideUpdates, Server.Bare, Most: 1.25),
        new(Sections.Section.Rate, Results.What.P999 + Results.What.BesideUpdates, Server.Bare, Most: 1.5),
        new(Sections.Section.Memory, Results.What.BytesACustomer, Most: 1_500),
        new(Sections.Section.Memory, Results.What.ResidentWith(1_000_000), Most: 2_000),
        new(Sections.Section.Bound, Results.What.AboveIdle, Most: BoundSection.AllowedMegabytes),
        new(Sections.Section.Bound, Results.What.WarmThroughput, Least: 0.8),
        new(Sections.Section.Cold, Results.What.ColdCpu, Most: 150),
        new(Sections.Section.Start, Results.What.FirstAnswer, Most: 1_200),
        new(Sections.Section.Start, Results.What.ResidentAfter(60), Most: 120),
        new(Sections.Section.Start, Results.What.IdleCpu, Most: 2),
        new(Sections.Section.Cluster, Results.What.CpuACall, Server.Lone, Most: 1.15),
        new(Sections.Section.Soak, Results.What.SoakDrift, Least: 0.95, Most: 1.05),
        new(Sections.Section.Soak, Results.What.SoakPeak, Most: SoakSection.LimitBytes / 1e6),
    ];

    /// <summary>Whether it is kept; null where it was not measured.</summary>
    public Verdict? Judge(Report report)
    {
        if (report.Find(Section, What) is not { } row)
            return null;
        if (To is not null)
            return row.Ratios.TryGetValue(To, out var ratio) ? VerdictOf(ratio) : null;
        return row.Servers.TryGetValue(Server.Sidecar, out var own) ? VerdictOf(own.Median) : null;

        Verdict VerdictOf(double value) => new(this, To is null ? row.Unit : Unit.Ratio, value, value >= Least && value <= Most);
    }
}

/// <summary>Whether a target is kept.</summary>
/// <param name="Target">The target.</param>
/// <param name="Unit">The unit of the figure.</param>
/// <param name="Value">The figure.</param>
/// <param name="IsKept">Whether it is.</param>
internal sealed record Verdict(Target Target, string Unit, double Value, bool IsKept)
{
    /// <summary>What is; a ratio with a digit more, so that one that is missed by little does not look kept.</summary>
    public string Measured => Unit is Results.Unit.Ratio
        ? Value.ToString("0.00#", System.Globalization.CultureInfo.InvariantCulture) + Unit
        : Figures.Show(Value, Unit);

    /// <summary>What is to be.</summary>
    public string Demand => (double.IsFinite(Target.Least), double.IsFinite(Target.Most)) switch
    {
        (true, true) => $"{Figures.Show(Target.Least, Unit)} to {Figures.Show(Target.Most, Unit)}",
        (true, false) => $"at least {Figures.Show(Target.Least, Unit)}",
        _ => $"at most {Figures.Show(Target.Most, Unit)}",
    };

    /// <summary>What it is about.</summary>
    public string Subject => Target.To is null ? $"{Target.Section}: {Target.What}" : $"{Target.Section}: {Target.What}, by that of {Target.To}";
}
