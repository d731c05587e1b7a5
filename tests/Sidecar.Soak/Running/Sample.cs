namespace Sidecar.Soak.Running;

/// <summary>A look at the service.</summary>
/// <param name="At">When, from the start of the run.</param>
/// <param name="ResidentBytes">Its resident memory.</param>
/// <param name="HeapBytes">What its heap held after the last collection.</param>
/// <param name="CacheBytes">What the cache counts as used.</param>
/// <param name="Cores">Processor time since the last look, as a share of one core.</param>
/// <param name="Files">Open file descriptors.</param>
/// <param name="Answers">Reads of known customers that were answered since the last look.</param>
/// <param name="P50">Their median latency, in milliseconds.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="Longest">The longest one.</param>
internal sealed record Sample(
    TimeSpan At, double ResidentBytes, double HeapBytes, double CacheBytes, double Cores, int Files, int Answers, double P50, double P99, double Longest);
