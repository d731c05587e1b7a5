using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Tests.Metrics;

public class ClusterMetricsSpecs
{
    [Fact]
    public void Every_cause_has_its_name_in_its_place()
    {
        var cluster = new ClusterMetrics();
        foreach (var cause in Enum.GetValues<RestartCause>())
            Count(cluster[cause], (int)cause);
        foreach (var cause in Enum.GetValues<LeaseEnd>())
            Count(cluster.Leases[cause], (int)cause);
        foreach (var cause in Enum.GetValues<StandInCause>())
            Count(cluster.Leases[cause], (int)cause);

        cluster.Restarts.Select(r => (r.Cause, r.Count.Value)).Should().Equal(("split", 1), ("pause", 2), ("removed", 3), ("certificate", 4));
        cluster.Leases.Ended.Select(e => (e.Cause, e.Count.Value)).Should().Equal(
            ("expired", 1), ("returned", 2), ("unanswered", 3), ("revoked", 4), ("lost", 5));
        cluster.Leases.StandIns.Select(s => (s.Cause, s.Count.Value)).Should().Equal(("silent", 1), ("away", 2), ("alone", 3));

        static void Count(StripedCounter counter, int place)
        {
            for (var i = 0; i <= place; i++)
                counter.Increment();
        }
    }
}
