using Akka.Hosting;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Reports;

namespace Sidecar.Host;

/// <summary>Wiring of what reports usage and events.</summary>
internal static class ReportSetup
{
    /// <summary>Adds the front desk for reports and what stands behind it.</summary>
    public static IServiceCollection AddReports(this IServiceCollection services)
    {
        services.AddSingleton<IReportSender>(provider => new IsolatedReports(
            new ReportSender(
                provider.GetRequiredService<CloudSettings>(),
                provider.GetRequiredService<SidecarCounters>(),
                provider.GetRequiredService<TimeProvider>(),
                Random.Shared.NextDouble),
            provider.GetRequiredService<Isolation>()));
        services.AddSingleton<IResultDesk>(provider => new ResultDesk(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<ICustomerRoad>()));
        services.AddSingleton(provider => new ReportServices
        {
            Sender = provider.GetRequiredService<IReportSender>(),
            Desk = provider.GetRequiredService<IResultDesk>,
        });
        return services.AddSingleton(provider => new ReportDesk(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<IRequiredActor<CloudSupervisor>>().GetAsync));
    }
}
