using System.Buffers.Binary;
using System.Text;

namespace Sidecar.Host.Facade;

/// <summary>
/// Reads a question from the bytes of its message where it is plain: ids of a usual form, each there once, and no option but the requested
/// usage. No message is made for it. Of anything else it says that it is not plain, right or wrong, and the generated parser reads that:
/// what this reads, that would read the same.
/// </summary>
internal readonly ref struct PlainQuestion
{
    private const int Delimited = 2;
    private const int Fixed64 = 1;

    // What takes one byte as a length; below the longest id.
    private const int MaxShort = 0x7f;

    /// <summary>The customer, never empty.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The resource, or null. Never empty.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The feature; null where a call has none, or this one does not name it. Never empty.</summary>
    public string? FeatureId { get; init; }

    /// <summary>Units about to be used, or null. Finite.</summary>
    public double? RequestedUsage { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="message">The message.</param>
    /// <param name="form">Which field is which.</param>
    /// <param name="question">The question.</param>
    /// <returns>False where it is not plain.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, in Form form, out PlainQuestion question)
    {
        question = default;
        ReadOnlySpan<byte> customer = default, resource = default, feature = default;
        double? usage = null;
        var hasOptions = false;
        while (!message.IsEmpty)
        {
            if (message.Length < 2)
                return false;
            var (tag, length) = (message[0], message[1]);
            // Nothing has the tag 0, which stands for what a form does not have.
            if (tag == 0 || length > MaxShort || length > message.Length - 2)
                return false;
            var value = message.Slice(2, length);
            message = message[(2 + length)..];
            if (tag == form.Options)
            {
                if (hasOptions || !TryReadOptions(value, form, out usage))
                    return false;
                hasOptions = true;
                continue;
            }

            // An id that is there and empty is another matter with each of them.
            if (length == 0)
                return false;
            if (tag == Form.Customer && customer.IsEmpty)
                customer = value;
            else if (tag == form.Feature && feature.IsEmpty)
                feature = value;
            else if (tag == form.Resource && resource.IsEmpty)
                resource = value;
            else
                return false;
        }

        if (customer.IsEmpty || !Ascii.IsValid(customer) || !Ascii.IsValid(feature) || !Ascii.IsValid(resource))
            return false;
        question = new PlainQuestion
        {
            CustomerId = Encoding.Latin1.GetString(customer),
            FeatureId = feature.IsEmpty ? null : Encoding.Latin1.GetString(feature),
            ResourceId = resource.IsEmpty ? null : Encoding.Latin1.GetString(resource),
            RequestedUsage = usage,
        };
        return true;
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> options, in Form form, out double? usage)
    {
        usage = null;
        if (options.IsEmpty)
            return true;
        if (options.Length != 1 + sizeof(double) || options[0] == 0 || options[0] != form.Usage)
            return false;
        var units = BinaryPrimitives.ReadDoubleLittleEndian(options[1..]);
        usage = units;
        return double.IsFinite(units);
    }

    /// <summary>Which field is which in one kind of message, by the bytes that they begin with; 0 where there is none.</summary>
    /// <param name="feature">The number of the feature's id.</param>
    /// <param name="resource">That of the resource's.</param>
    /// <param name="options">That of the options.</param>
    /// <param name="usage">That of the requested usage in them.</param>
    public readonly struct Form(int feature, int resource, int options, int usage)
    {
        /// <summary>Of <see cref="Stigg.Sidecar.V1.GetEntitlementRequest"/>.</summary>
        public static readonly Form AnyKind = new(feature: 2, resource: 3, options: 4, usage: 2);

        /// <summary>Of <see cref="Stigg.Sidecar.V1.GetEntitlementV2Request"/>.</summary>
        public static readonly Form V2 = new(feature: 3, resource: 2, options: 5, usage: 2);

        /// <summary>Of questions about a feature of one kind, but for metered ones.</summary>
        public static readonly Form OneKind = new(feature: 2, resource: 3, options: 4, usage: 0);

        /// <summary>Of <see cref="Stigg.Sidecar.V1.GetMeteredEntitlementRequest"/>.</summary>
        public static readonly Form Metered = new(feature: 2, resource: 3, options: 4, usage: 1);

        /// <summary>Of those about all that a customer has.</summary>
        public static readonly Form List = new(feature: 0, resource: 2, options: 0, usage: 0);

        /// <summary>The customer's id, in each kind.</summary>
        public const byte Customer = (1 << 3) | Delimited;

        /// <summary>The feature's id.</summary>
        public byte Feature { get; } = Tag(feature, Delimited);

        /// <summary>The resource's id.</summary>
        public byte Resource { get; } = Tag(resource, Delimited);

        /// <summary>The options.</summary>
        public byte Options { get; } = Tag(options, Delimited);

        /// <summary>The requested usage, in the options.</summary>
        public byte Usage { get; } = Tag(usage, Fixed64);

        private static byte Tag(int field, int type) => field == 0 ? (byte)0 : (byte)((field << 3) | type);
    }
}
