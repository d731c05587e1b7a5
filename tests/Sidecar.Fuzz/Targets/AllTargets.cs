using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Targets;

/// <summary>Every reader of outside bytes.</summary>
internal static class AllTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> ByName = new(StringComparer.Ordinal)
    {
        ["edge"] = static () => new EdgeTarget(),
        ["graphql"] = static () => new GraphQlTarget(),
        ["stream"] = static () => new StreamTarget(),
        ["redis"] = static () => new RedisTarget(),
        ["keys"] = static () => new KeysTarget(),
        ["fallback"] = static () => new FallbackTarget(),
        ["settings"] = static () => new SettingsTarget(),
        ["grpc"] = static () => new GrpcTarget(),
        ["json"] = static () => new JsonTarget(),
        ["nodes"] = static () => new NodesTarget(),
        ["members"] = static () => new MembersTarget(),
        ["offline"] = static () => new OfflineTarget(),
        ["lists"] = static () => new ListsTarget(),
        ["diagnostics"] = static () => new DiagnosticsTarget(),
    };

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>The one of a name, or null. It is made only then: with it comes code that has to be watched from its first call on.</summary>
    public static FuzzTarget? Find(string name) => ByName.TryGetValue(name, out var make) ? make() : null;
}
