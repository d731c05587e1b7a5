using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench.Load;

/// <summary>
/// One way to ask about a customer, encoded beforehand: all customers' ids have the same length, so that only their digits differ from one
/// request to the next.
/// </summary>
internal sealed class Call
{
    /// <summary>What every id begins with.</summary>
    public const string IdPrefix = "customer-";

    /// <summary>How many digits follow.</summary>
    public const int IdDigits = 8;

    private const int MessageHead = 5;

    private readonly byte[] _frame;

    private Call(string name, string method, string? featureId, IMessage example, MessageParser replies)
    {
        (Name, Method, FeatureId, Replies) = (name, method, featureId, replies);
        _frame = Framed(example);
    }

    /// <summary>The kinds of answers, each asked for in one way.</summary>
    public static IReadOnlyList<Call> All { get; } =
    [
        new("boolean", "GetBooleanEntitlement", "flag-1", new GetBooleanEntitlementRequest { CustomerId = Id(0), FeatureId = "flag-1" }, GetBooleanEntitlementResponse.Parser),
        new("numeric", "GetNumericEntitlement", "seats-1", new GetNumericEntitlementRequest { CustomerId = Id(0), FeatureId = "seats-1" }, GetNumericEntitlementResponse.Parser),
        new("metered", "GetMeteredEntitlement", "usage-1", new GetMeteredEntitlementRequest { CustomerId = Id(0), FeatureId = "usage-1", Options = new() { RequestedUsage = 1 } }, GetMeteredEntitlementResponse.Parser),
        new("enum", "GetEnumEntitlement", "region-1", new GetEnumEntitlementRequest { CustomerId = Id(0), FeatureId = "region-1" }, GetEnumEntitlementResponse.Parser),
        new("GetEntitlement", "GetEntitlement", "usage-2", new GetEntitlementRequest { CustomerId = Id(0), FeatureId = "usage-2" }, GetEntitlementResponse.Parser),
        new("V2", "GetEntitlementV2", "usage-3", new GetEntitlementV2Request { CustomerId = Id(0), FeatureId = "usage-3" }, GetEntitlementV2Response.Parser),
        new("GetEntitlements", "GetEntitlements", null, new GetEntitlementsRequest { CustomerId = Id(0) }, GetEntitlementsResponse.Parser),
    ];

    /// <summary>The place in <see cref="All"/> of the metered question.</summary>
    public const int Metered = 2;

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>The gRPC method.</summary>
    public string Method { get; }

    /// <summary>The feature asked about; null: all of them.</summary>
    public string? FeatureId { get; }

    /// <summary>The method's path.</summary>
    public string Path => $"/stigg.sidecar.v1.SidecarService/{Method}";

    /// <summary>Reads its replies.</summary>
    public MessageParser Replies { get; }

    /// <summary>How long a request's gRPC frame is.</summary>
    public int Length => _frame.Length;

    /// <summary>The id of a customer.</summary>
    public static string Id(int customer) => string.Create(CultureInfo.InvariantCulture, $"{IdPrefix}{customer:D8}");

    /// <summary>A message as gRPC frames it: not compressed, its length, itself.</summary>
    public static byte[] Framed(IMessage message)
    {
        var bytes = message.ToByteArray();
        var frame = new byte[MessageHead + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame, MessageHead);
        return frame;
    }

    /// <summary>Writes the gRPC frame of the question about a customer; returns its length.</summary>
    public int Write(int customer, Span<byte> to)
    {
        _frame.CopyTo(to);
        // Behind the head: the tag and the length of the first field, which is the customer's id in every request.
        var digits = to.Slice(MessageHead + 2 + IdPrefix.Length, IdDigits);
        for (var i = IdDigits - 1; i >= 0; i--, customer /= 10)
            digits[i] = (byte)('0' + (customer % 10));
        return _frame.Length;
    }
}
