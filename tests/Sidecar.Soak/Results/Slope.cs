namespace Sidecar.Soak.Results;

/// <summary>How fast something grows.</summary>
internal static class Slope
{
    /// <summary>
    /// The least look of each stretch of time that has one, in order, from some time up to another. The last one counts where it is whole: what
    /// happens to be looked at in the rest is not the least of anything.
    /// </summary>
    public static IEnumerable<(TimeSpan At, double Value)> Least(
        IEnumerable<(TimeSpan At, double Value)> looks, TimeSpan from, TimeSpan to, TimeSpan stretch) => looks
        .Where(look => look.At >= from)
        .GroupBy(look => (look.At - from).Ticks / stretch.Ticks)
        .Where(group => from + ((group.Key + 1) * stretch) <= to)
        .OrderBy(group => group.Key)
        .Select(group => group.MinBy(look => look.Value));

    /// <summary>The slope of the line that fits best (least squares), by the hour; 0 for fewer than two looks.</summary>
    public static double AnHour(IEnumerable<(TimeSpan At, double Value)> looks)
    {
        var all = looks.ToList();
        if (all.Count < 2)
            return 0;
        var (x, y) = (all.Average(look => look.At.TotalHours), all.Average(look => look.Value));
        var spread = all.Sum(look => (look.At.TotalHours - x) * (look.At.TotalHours - x));
        return spread > 0 ? all.Sum(look => (look.At.TotalHours - x) * (look.Value - y)) / spread : 0;
    }
}
