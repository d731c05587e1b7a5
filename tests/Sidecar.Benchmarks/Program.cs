using BenchmarkDotNet.Running;
using Sidecar.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(AnswerBenchmarks).Assembly).Run(args);
