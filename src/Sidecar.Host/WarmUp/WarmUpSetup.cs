using Sidecar.Host.Configuration;

namespace Sidecar.Host.WarmUp;

/// <summary>Wiring of the warm-up.</summary>
internal static class WarmUpSetup
{
    /// <summary>Adds it, where there is a list.</summary>
    public static IServiceCollection AddWarmUp(this IServiceCollection services, SidecarOptions options)
    {
        var path = options.IsOffline ? null : options.WarmUpFile;
        services.AddSingleton(new WarmUpProgress(path is not null));
        if (path is not null)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<WarmUpReader>(provider, path, options.UpstreamMaxRps));
        return services;
    }
}
