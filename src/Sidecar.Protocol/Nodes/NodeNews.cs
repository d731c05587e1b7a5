using Sidecar.Protocol.Entitlements;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Nodes;

/// <summary>News of an entry as one node brings it to another.</summary>
public static class NodeNews
{
    /// <summary>The form that news is sent in.</summary>
    public static Wire.News Write(EntryNews news)
    {
        ArgumentNullException.ThrowIfNull(news);
        var told = new Wire.News { Key = NodeEntries.Write(news.Key) };
        switch (news)
        {
            case EntitlementsReplaced replaced:
                told.Replaced = NodeStates.Write(replaced.Set);
                break;
            case UsageSet { Usage: var usage }:
                told.Usage = new Wire.UsageSet
                {
                    Id = usage.Of.Id,
                    IsCredit = usage.Of.IsCredit,
                    Usage = NodeEntries.Write(usage.Usage),
                };
                break;
            case EntryChanged:
                told.Changed = Write(news.Kind);
                break;
            default:
                throw new ArgumentException($"{news.GetType().Name} has no form between nodes", nameof(news));
        }

        return told;
    }

    /// <summary>Reads news. Of news of a form that this release does not know it says what is certain: the entry changed.</summary>
    /// <param name="told">What was sent, or null.</param>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public static EntryNews Read(Wire.News? told)
    {
        var news = NodeBytes.Expect(told, "news");
        var key = NodeEntries.Read(news.Key);
        return news.FormCase switch
        {
            Wire.News.FormOneofCase.Replaced => new EntitlementsReplaced(key, NodeStates.Read(news.Replaced)),
            Wire.News.FormOneofCase.Usage => new UsageSet(key, Read(news.Usage)),
            Wire.News.FormOneofCase.Changed => new EntryChanged(key, Read(news.Changed)),
            _ => new EntryChanged(key, NewsKind.Unknown),
        };
    }

    private static UsageNews Read(Wire.UsageSet told)
    {
        var own = OwnValues.None;
        NodeEntries.Read(NodeBytes.Expect(told.Usage, "what is used"), ref own);
        return new UsageNews(
            new EntitlementReference(NodeBytes.ExpectText(told.Id, "the id of what is used"), told.IsCredit), own.Usage);
    }

    private static Wire.NewsKind Write(NewsKind kind) => kind switch
    {
        NewsKind.Entitlements => Wire.NewsKind.Entitlements,
        NewsKind.Usage => Wire.NewsKind.Usage,
        NewsKind.CreditUsage => Wire.NewsKind.CreditUsage,
        NewsKind.Package => Wire.NewsKind.Package,
        _ => Wire.NewsKind.Unspecified,
    };

    private static NewsKind Read(Wire.NewsKind kind) => kind switch
    {
        Wire.NewsKind.Entitlements => NewsKind.Entitlements,
        Wire.NewsKind.Usage => NewsKind.Usage,
        Wire.NewsKind.CreditUsage => NewsKind.CreditUsage,
        Wire.NewsKind.Package => NewsKind.Package,
        _ => NewsKind.Unknown,
    };
}
