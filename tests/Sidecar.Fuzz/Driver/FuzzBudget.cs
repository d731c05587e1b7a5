namespace Sidecar.Fuzz.Driver;

/// <summary>How long a run goes on: to the first of both ends.</summary>
/// <param name="Executions">The most inputs that are tried.</param>
/// <param name="Time">The longest that it takes.</param>
internal readonly record struct FuzzBudget(long Executions, TimeSpan Time)
{
    /// <summary>So many executions.</summary>
    public static FuzzBudget Of(long executions) => new(executions, TimeSpan.MaxValue);

    /// <summary>So long.</summary>
    public static FuzzBudget Of(TimeSpan time) => new(long.MaxValue, time);
}
