using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>The right answer, after <see cref="FaultRule.DelayMs"/>.</summary>
    Delay,

    /// <summary>Another status, with <see cref="FaultRule.Body"/> or an errors array.</summary>
    Status,

    /// <summary>
    /// An errors array with <see cref="FaultRule.Code"/>, as the API fails: with status 200, unless <see cref="FaultRule.Status"/>
    /// says otherwise.
    /// </summary>
    Errors,

    /// <summary>The connection is reset before any byte of the answer, or ends after <see cref="FaultRule.AfterBytes"/> of the body.</summary>
    Cut,

    /// <summary>The connection ends in the middle of the body.</summary>
    CutMidBody,

    /// <summary>No answer, or none after <see cref="FaultRule.AfterBytes"/> of the body, until the client goes or the emulator stops.</summary>
    Hang,

    /// <summary>Status 200 with the body that <see cref="FaultRule.Variant"/> or <see cref="FaultRule.Body"/> says.</summary>
    BrokenBody,

    /// <summary>Bytes that are no HTTP at all.</summary>
    GarbageHeaders,
}

/// <summary>How far a request has come when a fault strikes.</summary>
public enum FaultMoment
{
    /// <summary>
    /// Its headers have come, and the rest is not read: it counts nowhere as a request. Only cuts and hangs can be so, and
    /// what it is for is known by the name of its operation alone.
    /// </summary>
    Unread,

    /// <summary>It was read, and nothing is done of what it asks for: what it reports is not counted.</summary>
    Unprocessed,

    /// <summary>What it asks for was done: what it reports is counted.</summary>
    Processed,
}

/// <summary>Bodies that a client can't use.</summary>
public enum BrokenBody
{
    /// <summary>The right body without its second half.</summary>
    TruncatedJson,

    /// <summary>A page for people.</summary>
    Html,

    /// <summary>Nothing.</summary>
    Empty,

    /// <summary><c>{"data":null}</c>.</summary>
    NullData,

    /// <summary>An errors array with the code <c>UnexpectedError</c>.</summary>
    Errors,

    /// <summary>JSON in which the list of entitlements is a text.</summary>
    WrongShape,
}

/// <summary>
/// A rule by which requests go wrong. Of the rules that fit a request the first one counts, alone. Faults come before the
/// key is looked at: they stand for the way to the cloud as much as for the cloud.
/// </summary>
/// <remarks>
/// To a report it makes a difference whether it is counted. Under a status or an errors array it is not, under all others it
/// is, unless <see cref="Moment"/> says otherwise: so a connection is cut before a report is counted by
/// <see cref="CutUnread"/> and <see cref="CutUnprocessed"/>, while the answer is due by <see cref="Cut"/>, and in the answer by
/// <see cref="CutMidBody"/>. A rule with a <see cref="Probability"/> meets requests at random; several such rules, one after the
/// other, make many kinds of cuts at random moments, at most so many as <see cref="Times"/> says.
/// </remarks>
public sealed record FaultRule
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>The requests meant; nothing: all of them, on both ways.</summary>
    public RequestTarget? Target { get; init; }

    /// <summary>
    /// Reads of this customer alone, its resources included; of reports, those that are about nobody else.
    /// </summary>
    public string? CustomerId { get; init; }

    /// <summary>The same of this resource of the customer.</summary>
    public string? ResourceId { get; init; }

    /// <summary>For how many requests the rule holds; nothing: until it is taken away.</summary>
    public int? Times { get; init; }

    /// <summary>
    /// Milliseconds to wait before whatever the rule does; with the moment <see cref="FaultMoment.Processed"/>, between that
    /// and the answer.
    /// </summary>
    public int? DelayMs { get; init; }

    /// <summary>The status to answer with.</summary>
    public int? Status { get; init; }

    /// <summary>The code in the errors array, such as <c>RateLimitExceeded</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The body to answer with.</summary>
    public string? Body { get; init; }

    /// <summary>How many bytes of the body are sent before the cut or the silence; 0: the headers alone; nothing: not even those.</summary>
    public int? AfterBytes { get; init; }

    /// <summary>Which broken body.</summary>
    public BrokenBody? Variant { get; init; }

    /// <summary>How far the request comes; nothing: as is usual for the kind.</summary>
    public FaultMoment? Moment { get; init; }

    /// <summary>The share of the requests that the rule meets, above 0 and at most 1, at random; nothing: all that fit.</summary>
    public double? Probability { get; init; }

    /// <summary>Which of the many random orders; 0 where nothing is said. The same requests in the same order meet the same fate.</summary>
    public int? Seed { get; init; }

    /// <summary>Whether what the request asks for is done.</summary>
    internal bool IsProcessed => Kind is FaultKind.Delay || Moment switch
    {
        FaultMoment.Processed => true,
        null => Kind is not (FaultKind.Status or FaultKind.Errors),
        _ => false,
    };

    /// <summary>The right answer, late.</summary>
    public static FaultRule Late(TimeSpan delay) => new() { Kind = FaultKind.Delay, DelayMs = (int)delay.TotalMilliseconds };

    /// <summary>The right answer, made at once and sent late.</summary>
    public static FaultRule LateAnswer(TimeSpan delay) => Late(delay) with { Moment = FaultMoment.Processed };

    /// <summary>Another status.</summary>
    public static FaultRule Answer(int status, string? body = null) => new() { Kind = FaultKind.Status, Status = status, Body = body };

    /// <summary>An errors array with this code.</summary>
    public static FaultRule Failure(string code, int? status = null) => new() { Kind = FaultKind.Errors, Code = code, Status = status };

    /// <summary>A reset as soon as the headers have come.</summary>
    public static FaultRule CutUnread() => Cut() with { Moment = FaultMoment.Unread };

    /// <summary>A reset when the request was read, before anything is done of it.</summary>
    public static FaultRule CutUnprocessed() => Cut() with { Moment = FaultMoment.Unprocessed };

    /// <summary>A reset before any byte of the answer, when what was asked for is done.</summary>
    public static FaultRule Cut() => new() { Kind = FaultKind.Cut };

    /// <summary>An end in the middle of the body.</summary>
    public static FaultRule CutMidBody() => new() { Kind = FaultKind.CutMidBody };

    /// <summary>Silence.</summary>
    public static FaultRule Hang() => new() { Kind = FaultKind.Hang };

    /// <summary>A body that can't be used.</summary>
    public static FaultRule Broken(BrokenBody variant) => new() { Kind = FaultKind.BrokenBody, Variant = variant };

    /// <summary>No HTTP.</summary>
    public static FaultRule Garbage() => new() { Kind = FaultKind.GarbageHeaders };

    /// <summary>What is wrong with the rule itself: the field, and why. Nothing where it can be used.</summary>
    internal (string Field, string Problem)? Fault() => this switch
    {
        { Kind: FaultKind.Delay, DelayMs: null } => ("delayMs", "a delay needs it"),
        { DelayMs: < 0 } => ("delayMs", "must not be negative"),
        { Times: < 1 } => ("times", "must be at least 1"),
        { Kind: FaultKind.Status, Status: null or < 200 or > 599 } => ("status", "must be given, from 200 to 599"),
        { Status: < 200 or > 599 } => ("status", "must be from 200 to 599"),
        { Kind: not (FaultKind.Status or FaultKind.Errors), Status: not null } =>
            ("status", "only a fault of the kind \"status\" or \"errors\" has one"),
        { Kind: FaultKind.Errors, Code: null or "" } => ("code", "errors need it"),
        { Kind: not FaultKind.Errors, Code: not null } => ("code", "only a fault of the kind \"errors\" has one"),
        { Kind: FaultKind.BrokenBody, Variant: null, Body: null } => ("variant", "a broken body needs it, or a \"body\""),
        { Variant: not null, Body: not null } => ("variant", "stands beside \"body\""),
        { Kind: not FaultKind.BrokenBody, Variant: not null } => ("variant", "only a fault of the kind \"brokenBody\" has one"),
        { Kind: not (FaultKind.Status or FaultKind.BrokenBody), Body: not null } => ("body", "a fault of this kind has none"),
        { AfterBytes: < 0 } => ("afterBytes", "must not be negative"),
        { Kind: not (FaultKind.Cut or FaultKind.Hang), AfterBytes: not null } => ("afterBytes", "only a cut or a hang has it"),
        { Target: RequestTarget.Config or RequestTarget.ApiConfig, CustomerId: not null } => ("customerId", "a request for the configuration names no customer"),
        { Kind: not (FaultKind.Cut or FaultKind.Hang), Moment: FaultMoment.Unread } =>
            ("moment", "only a cut or a hang can be unread"),
        { Moment: FaultMoment.Unread, CustomerId: not null } => ("customerId", "of an unread request no customer is known"),
        { Kind: FaultKind.CutMidBody or FaultKind.BrokenBody, Moment: not (null or FaultMoment.Processed) } =>
            ("moment", "where a body is sent, the request is processed"),
        { AfterBytes: not null, Moment: not (null or FaultMoment.Processed) } =>
            ("moment", "where a part of the body is sent, the request is processed"),
        { Probability: not (null or (> 0 and <= 1)) } => ("probability", "must be above 0 and at most 1"),
        { Probability: null, Seed: not null } => ("seed", "needs a \"probability\""),
        { CustomerId: null, ResourceId: not null } => ("resourceId", "needs a \"customerId\""),
        _ => null,
    };

    internal bool Fits(RequestSubject subject) =>
        (Target is null || Target == subject.Target)
        && (CustomerId is null || CustomerId == subject.CustomerId)
        && (ResourceId is null || ResourceId == subject.ResourceId);
}
