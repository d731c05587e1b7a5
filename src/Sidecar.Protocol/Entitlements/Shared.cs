using System.Text;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Keeps one instance of what many customers have in common, so that it takes memory once and stays in the processor's cache. Changes
/// nothing but that: equal values are handed out for equal values.
/// </summary>
internal static class Shared
{
    /// <summary>The most that is shared of features, and of what is granted of them; what is beyond is not shared.</summary>
    public const int Capacity = 16_384;

    /// <summary>The most that is shared of whole sets.</summary>
    public const int SetCapacity = 4_096;

    private static readonly SharedTable<FeatureDefinition> Definitions = new(Capacity);

    private static readonly SharedTable<ResetPeriodConfiguration> Configurations = new(SetCapacity);

    private static readonly SharedTable<FeatureTerms> FeatureTermsKnown = new(Capacity);

    private static readonly SharedTable<CreditTerms> CreditTermsKnown = new(SetCapacity);

    private static readonly SharedTable<EntitlementTerms> Sets = new(SetCapacity);

    private static readonly SharedTable<uint[]> Layouts = new(SetCapacity);

    /// <summary>The one instance of a feature.</summary>
    public static FeatureDefinition Feature<TDraft>(scoped ref TDraft draft)
        where TDraft : ISharedDraft<FeatureDefinition>, allows ref struct => Definitions.Of(ref draft);

    /// <summary>The one instance of a reset period's configuration.</summary>
    public static ResetPeriodConfiguration Configuration<TDraft>(scoped ref TDraft draft)
        where TDraft : ISharedDraft<ResetPeriodConfiguration>, allows ref struct => Configurations.Of(ref draft);

    /// <summary>The one instance of what is granted of a feature.</summary>
    public static FeatureTerms Terms(FeatureGrant grant) => FeatureTermsKnown.Of(ref grant);

    /// <summary>The one instance of what is granted of a currency.</summary>
    public static CreditTerms Terms(CreditGrant grant) => CreditTermsKnown.Of(ref grant);

    /// <summary>The one instance of what a whole set grants.</summary>
    public static EntitlementTerms Terms(SetGrant grant) => Sets.Of(ref grant);

    /// <summary>The one instance of an order of own values.</summary>
    public static uint[] Of(uint[] layout)
    {
        var draft = new Layout(layout);
        return Layouts.Of(ref draft);
    }

    /// <summary>What a text is looked up by, before there is one.</summary>
    /// <param name="utf8">Its UTF-8.</param>
    public static int HashOf(ReadOnlySpan<byte> utf8)
    {
        var hash = default(HashCode);
        hash.AddBytes(utf8);
        return hash.ToHashCode();
    }

    /// <summary>What a text is looked up by: the same as for its UTF-8.</summary>
    public static int HashOf(string text)
    {
        // As long as most.
        Span<byte> utf8 = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? HashOf(utf8[..length]) : HashOf(Encoding.UTF8.GetBytes(text));
    }

    private readonly struct Layout(uint[] entries) : ISharedDraft<uint[]>
    {
        public int Hash
        {
            get
            {
                var hash = 17u;
                foreach (var entry in entries)
                    hash = (hash * 31) + entry;
                return (int)hash;
            }
        }

        public bool IsSameAs(uint[] known) => entries.AsSpan().SequenceEqual(known);

        public uint[] Make() => entries;
    }
}
