namespace Sidecar.Emulator.Control;

/// <summary>Which requests are counted or waited for.</summary>
public readonly record struct RequestKey
{
    private RequestKey(RequestTarget? target, string? customerId, bool ofEntry, string? resourceId) =>
        (Target, CustomerId, OfEntry, ResourceId) = (target, customerId, ofEntry, resourceId);

    /// <summary>All of them, the malformed and unknown ones too.</summary>
    public static RequestKey Any { get; }

    /// <summary>The key checks at Edge.</summary>
    public static RequestKey Config { get; } = Of(RequestTarget.Config);

    /// <summary>All reads of entitlements from Edge; those by GraphQL are <see cref="ApiState"/>.</summary>
    public static RequestKey State { get; } = Of(RequestTarget.State);

    /// <summary>The key checks by GraphQL.</summary>
    public static RequestKey ApiConfig { get; } = Of(RequestTarget.ApiConfig);

    /// <summary>All reads of entitlements by GraphQL.</summary>
    public static RequestKey ApiState { get; } = Of(RequestTarget.ApiState);

    /// <summary>All reports of one measurement.</summary>
    public static RequestKey ApiUsage { get; } = Of(RequestTarget.ApiUsage);

    /// <summary>All reports of some measurements at once.</summary>
    public static RequestKey ApiUsageBulk { get; } = Of(RequestTarget.ApiUsageBulk);

    /// <summary>All reports of events.</summary>
    public static RequestKey ApiEvents { get; } = Of(RequestTarget.ApiEvents);

    /// <summary>What the requests are for; nothing: whatever it is.</summary>
    public RequestTarget? Target { get; }

    /// <summary>The customer, where the key names one.</summary>
    public string? CustomerId { get; }

    /// <summary>The resource, where the key names one.</summary>
    public string? ResourceId { get; }

    /// <summary>Whether one entry is meant, the customer's own where no resource is named.</summary>
    public bool OfEntry { get; }

    /// <summary>All requests of this target.</summary>
    public static RequestKey Of(RequestTarget target) => new(target, customerId: null, ofEntry: false, resourceId: null);

    /// <summary>Reads of a customer from Edge, its resources included.</summary>
    public static RequestKey Customer(string customerId) => Customer(RequestTarget.State, customerId);

    /// <summary>Reads of one entry from Edge: of a resource or, without one, of the customer's own.</summary>
    public static RequestKey Entry(string customerId, string? resourceId = null) => Entry(RequestTarget.State, customerId, resourceId);

    /// <summary>Reads of a customer by GraphQL, its resources included.</summary>
    public static RequestKey ApiCustomer(string customerId) => Customer(RequestTarget.ApiState, customerId);

    /// <summary>Reads of one entry by GraphQL: of a resource or, without one, of the customer's own.</summary>
    public static RequestKey ApiEntry(string customerId, string? resourceId = null) => Entry(RequestTarget.ApiState, customerId, resourceId);

    internal static RequestKey Customer(RequestTarget target, string customerId) => new(target, customerId, ofEntry: false, resourceId: null);

    internal static RequestKey Entry(RequestTarget target, string customerId, string? resourceId) =>
        new(target, customerId, ofEntry: true, resourceId);
}
