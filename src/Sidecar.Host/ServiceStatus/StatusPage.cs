using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sidecar.Host.ServiceStatus;

/// <summary>
/// The status page: one document that asks nobody but this service for anything. Verdict and numbers stand in it as it is sent; its script
/// renews them and draws the charts.
/// </summary>
internal sealed partial class StatusPage
{
    private readonly string _template;

    private StatusPage()
    {
        // A script or a style that a policy names by its digest must not be changed by line ends.
        var (css, js) = (Resource("status.css"), Resource("status.js"));
        _template = Chart().Replace(
            Resource("status.html").Replace("{{css}}", css, StringComparison.Ordinal).Replace("{{js}}", js, StringComparison.Ordinal),
            static match => ChartOf(match.Groups["id"].Value, match.Groups["name"].Value));
        Policy = "default-src 'none'; connect-src 'self'; img-src data:; "
            + $"style-src '{DigestOf(css)}'; script-src '{DigestOf(js)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /// <summary>The page; read from the program when it is asked for first.</summary>
    public static StatusPage Instance => Kept.Page;

    /// <summary>What a browser may do with it.</summary>
    public string Policy { get; }

    /// <summary>The document.</summary>
    /// <param name="report">What it shows.</param>
    public string Render(StatusReport report)
    {
        var (fields, verdict) = (StatusFields.Of(report), report.Verdict);
        var troubled = StatusFields.Troubled(report);
        var text = Place().Replace(_template, match => match.Value switch
        {
            "{{title}}" => StatusFields.TitleOf(verdict.State),
            "{{state}}" => StatusJson.NameOf(verdict.State),
            "{{summary}}" => Escaped(StatusFields.SummaryOf(verdict)),
            "{{hideCauses}}" => verdict.Causes.Count == 0 ? " hidden" : "",
            _ => string.Concat(verdict.Causes.Select(CauseOf)),
        });
        return Field().Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            var start = troubled.Contains(name) ? match.Groups["start"].Value.Replace("\"big\"", "\"big bad-word\"", StringComparison.Ordinal) : match.Groups["start"].Value;
            return $"{start}{Escaped(fields[name])}</";
        });
    }

    private static string CauseOf(StatusCause cause) =>
        $"<li class=\"{(cause.IsOutage ? "outage" : "")}\"><strong>{Escaped(cause.What)}</strong><p>{Escaped(cause.Advice)}</p><code>{Escaped(cause.Name)}</code></li>";

    private static string ChartOf(string id, string name) =>
        $"<figure><div class=\"plot\"><svg id=\"chart-{id}\" role=\"img\" aria-label=\"{name}\" data-name=\"{name}\" viewBox=\"0 0 300 84\" "
        + $"preserveAspectRatio=\"none\"></svg><span class=\"top\" id=\"top-{id}\" aria-hidden=\"true\"></span></div><figcaption id=\"text-{id}\"></figcaption></figure>";

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);

    private static string DigestOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using var stream = typeof(StatusPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program lacks its part '{name}'");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{chart:(?<id>\w+):(?<name>[^}]+)\}\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Chart();

    [GeneratedRegex(@"\{\{(title|state|summary|causes|hideCauses)\}\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"(?<start><\w+ (class=""big"" )?data-field=""(?<name>\w+)"">)</", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Field();

    private static class Kept
    {
        public static readonly StatusPage Page = new();
    }
}
