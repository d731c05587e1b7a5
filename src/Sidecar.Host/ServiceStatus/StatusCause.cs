namespace Sidecar.Host.ServiceStatus;

/// <summary>Something that is wrong, for whoever has to do something about it.</summary>
/// <param name="Name">Its name: the label in the metrics, and the heading in the runbook.</param>
/// <param name="What">What is wrong, without a stop.</param>
/// <param name="Advice">What to do or where to look, in whole sentences.</param>
/// <param name="IsOutage">Whether questions have no sound answer because of it.</param>
public sealed record StatusCause(string Name, string What, string Advice, bool IsOutage = false)
{
    /// <summary>All of it in one line.</summary>
    public string Text => $"{What}. {Advice}";
}
