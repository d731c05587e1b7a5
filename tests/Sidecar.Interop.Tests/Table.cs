using System.Collections.Immutable;
using System.Text;
using Sidecar.Interop.Tests.Clients;

namespace Sidecar.Interop.Tests;

/// <summary>Shows which client got what.</summary>
internal static class Table
{
    /// <summary>A line a case, a column a client.</summary>
    /// <param name="cells">What was asserted: a word for each client and case.</param>
    public static string Of(IReadOnlyDictionary<(string Client, string Case), string> cells)
    {
        var width = InteropCases.All.Max(one => one.Name.Length);
        var text = new StringBuilder().Append("".PadRight(width));
        foreach (var client in InteropClients.All)
            text.Append("  ").Append(client.Title.PadRight(8));
        foreach (var one in InteropCases.All)
        {
            text.AppendLine().Append(one.Name.PadRight(width));
            foreach (var client in InteropClients.All)
                text.Append("  ").Append(Cell(cells, client, one).PadRight(8));
        }

        foreach (var client in InteropClients.All.Where(client => client.Missing is not null))
            text.AppendLine().Append($"{client.Title} {client.Missing}");
        return text.AppendLine().ToString();
    }

    private static string Cell(IReadOnlyDictionary<(string Client, string Case), string> cells, IInteropClient client, InteropCase one) =>
        !one.IsFor(client.Name) ? "-" : cells.GetValueOrDefault((client.Name, one.Name), client.Missing is null ? "not run" : "skipped");
}
