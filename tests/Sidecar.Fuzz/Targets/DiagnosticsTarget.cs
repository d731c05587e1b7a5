using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Diagnostics;

namespace Sidecar.Fuzz.Targets;

/// <summary>Paths and parameters of the diagnostics, as they stand in a request's first line.</summary>
internal sealed class DiagnosticsTarget : FuzzTarget
{
    public override string Name => "diagnostics";

    public override int MaxLength => 2048;

    public override IReadOnlyList<string> Words { get; } =
    [
        .. DiagnosticsRoute.All.Select(route => route.Path), "?", "&", "=", "%00", "%0a", "%ed%a0%80", "%e2%80%ae", "+", "id=c", "resource=r", "feature=f", "usage=1.5", "values=a,b", "top=20", "minutes=5", "level=debug",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (64 * 1024) + (200L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        // Behind the server a line is text of some kind.
        var line = Encoding.UTF8.GetString(input);
        var mark = line.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? line : line[..mark];
        if (DiagnosticsRoute.Find(path) is not { } route)
            return;
        var query = new QueryCollection(QueryHelpers.ParseQuery(mark < 0 ? "" : line[mark..]));
        route.NeedsToken(query);
        try
        {
            Promises.That(route.Read(new DiagnosticsQuery(query, route.Parameters)) is not null, "there is no message");
        }
        catch (BadDiagnosticsException e)
        {
            Promises.IsLine(e.Message, longest: 400);
        }
    }
}
