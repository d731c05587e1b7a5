using System.Text.RegularExpressions;
using FluentAssertions;
using Sidecar.Host.ServiceStatus;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

/// <summary>docs/runbook.md against what the page can name and the chart alerts of.</summary>
public sealed partial class RunbookSpecs
{
    private static readonly string Runbook = File.ReadAllText(Repository.At("docs", "runbook.md"));

    [Fact]
    public void Each_cause_has_a_part_in_the_order_of_importance() =>
        Part().Matches(Runbook).Select(match => match.Groups["name"].Value).Should().Equal(CauseNames.All);

    [Fact]
    public void Each_alert_of_the_chart_has_a_row() =>
        Row().Matches(Runbook).Select(match => match.Groups["name"].Value).Should().BeEquivalentTo(
            Alert().Matches(File.ReadAllText(Repository.At("deploy", "helm", "sidecar", "templates", "_alerts.tpl"))).Select(match => match.Groups["name"].Value));

    [Fact]
    public void Each_link_within_it_leads_to_a_part() =>
        Link().Matches(Runbook).Select(match => match.Groups["name"].Value).Should().NotBeEmpty().And.BeSubsetOf(CauseNames.All);

    [GeneratedRegex("^### `(?<name>\\w+)`$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Part();

    [GeneratedRegex("^\\| `(?<name>Sidecar\\w+)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("^- alert: (?<name>\\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Alert();

    [GeneratedRegex("\\]\\(#(?<name>\\w+)\\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
