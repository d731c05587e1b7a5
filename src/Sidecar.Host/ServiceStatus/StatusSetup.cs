using Sidecar.Host.Configuration;

namespace Sidecar.Host.ServiceStatus;

/// <summary>Wiring of the status.</summary>
internal static class StatusSetup
{
    /// <summary>Adds what looks how the process stands, and what keeps how it stood.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">What is in force.</param>
    public static void AddStatus(this IServiceCollection services, SidecarOptions options)
    {
        services.AddSingleton<StatusHistory>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StatusReader>(provider, options));
        services.AddSingleton<StatusMetrics>();
        services.AddHostedService<StatusSampler>();
    }
}
