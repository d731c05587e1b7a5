using System.Text;
using Sidecar.Fuzz.Driver;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Fuzz.Targets;

/// <summary>Names of keys in Redis, as the server tells which one was written.</summary>
internal sealed class KeysTarget : FuzzTarget
{
    private const string Prefix = "env";

    public override string Name => "keys";

    public override int MaxLength => 512;

    public override IReadOnlyList<string> Words { get; } = ["env:c_", ":r_", ":f_", ":credit_", ":metadata", "#timestamp", "env-", "c_", ":"];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => 4096 + (40L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var name = Encoding.UTF8.GetString(input);
        if (EntryKeys.EntryOf(Prefix, name) is not { } entry)
            return;
        var keys = EntryKeys.Of(Prefix, entry);
        Promises.That(keys is not null, "a key belongs to an entry that has none");
        Promises.That(name.StartsWith(keys!.Set, StringComparison.Ordinal), $"'{name}' is no key of the entry of '{keys.Set}'");
        Promises.That(EntryKeys.EntryOf(Prefix, keys.Set) == entry, $"'{keys.Set}' is of another entry");
        Promises.That(EntryKeys.EntryOf(Prefix, EntryKeys.Timestamp(keys.Metadata)) == entry, $"the metadata's date of '{keys.Set}' is of another entry");
    }
}
