using Sidecar.Emulator.Edge;

namespace Sidecar.Emulator.Control;

/// <summary>Which requests are counted or waited for.</summary>
public readonly record struct RequestKey
{
    private RequestKey(RequestTarget? target, string? customerId, bool ofEntry, string? resourceId) =>
        (Target, CustomerId, OfEntry, ResourceId) = (target, customerId, ofEntry, resourceId);

    /// <summary>All of them, the malformed and unknown ones too.</summary>
    public static RequestKey Any { get; }

    /// <summary>The key checks.</summary>
    public static RequestKey Config { get; } = new(RequestTarget.Config, customerId: null, ofEntry: false, resourceId: null);

    /// <summary>All reads of entitlements.</summary>
    public static RequestKey State { get; } = new(RequestTarget.State, customerId: null, ofEntry: false, resourceId: null);

    /// <summary>What the requests are for; nothing: whatever it is.</summary>
    public RequestTarget? Target { get; }

    /// <summary>The customer, where the key names one.</summary>
    public string? CustomerId { get; }

    /// <summary>The resource, where the key names one.</summary>
    public string? ResourceId { get; }

    /// <summary>Whether one entry is meant, the customer's own where no resource is named.</summary>
    public bool OfEntry { get; }

    /// <summary>Reads of a customer, its resources included.</summary>
    public static RequestKey Customer(string customerId) => new(RequestTarget.State, customerId, ofEntry: false, resourceId: null);

    /// <summary>Reads of one entry: of a resource or, without one, of the customer's own.</summary>
    public static RequestKey Entry(string customerId, string? resourceId = null) =>
        new(RequestTarget.State, customerId, ofEntry: true, resourceId);
}
