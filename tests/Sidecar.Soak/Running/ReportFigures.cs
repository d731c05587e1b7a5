namespace Sidecar.Soak.Running;

/// <summary>What became of reports.</summary>
internal sealed record ReportFigures
{
    /// <summary>Reports whose callers were told that they are counted.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Reports whose callers were told that they failed, or that this is not clear.</summary>
    public int Failed { get; init; }

    /// <summary>Those of them that were counted nevertheless, once: the answer was lost.</summary>
    public int FailedButCounted { get; init; }

    /// <summary>Acknowledged reports that the cloud does not have.</summary>
    public int Lost { get; init; }

    /// <summary>Reports that the cloud has twice or more often.</summary>
    public int Doubled { get; init; }

    /// <summary>These and one more.</summary>
    /// <param name="isAcknowledged">What its caller was told.</param>
    /// <param name="counted">How often the cloud has it.</param>
    public ReportFigures With(bool isAcknowledged, int counted) => this with
    {
        Acknowledged = Acknowledged + (isAcknowledged ? 1 : 0),
        Failed = Failed + (isAcknowledged ? 0 : 1),
        FailedButCounted = FailedButCounted + (!isAcknowledged && counted is 1 ? 1 : 0),
        Lost = Lost + (isAcknowledged && counted is 0 ? 1 : 0),
        Doubled = Doubled + (counted > 1 ? 1 : 0),
    };
}
