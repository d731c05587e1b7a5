using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Requests;

/// <summary>What counters, faults and holds know a request by; no target: the cloud has nothing of the kind.</summary>
internal readonly record struct RequestSubject(RequestTarget? Target, string? CustomerId = null, string? ResourceId = null);
