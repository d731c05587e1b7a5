using Xunit;
using Xunit.Sdk;

namespace Sidecar.Testing.Timed;

/// <summary>
/// A fact that measures real time, where the figure is a claim about the service and not about the machine it happens to run on. It is tried
/// up to three times and holds when one attempt holds: a machine that was busy at that moment tells nothing of the service. What is about
/// order, values or counts is a <see cref="FactAttribute"/>: there a second attempt would hide a fault.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sidecar.Testing.Timed." + nameof(TimedFactDiscoverer), "Sidecar.Testing")]
public class TimedFactAttribute : FactAttribute;

/// <summary>A theory that measures real time, see <see cref="TimedFactAttribute"/>: each row has attempts of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sidecar.Testing.Timed." + nameof(TimedTheoryDiscoverer), "Sidecar.Testing")]
public class TimedTheoryAttribute : TheoryAttribute;
