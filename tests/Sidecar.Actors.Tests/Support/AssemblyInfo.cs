// One after the other: memory and allocations are measured, and what waits is told apart from what hangs.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
