global using FluentAssertions;
global using Xunit;
global using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
global using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
global using FeatureType = Stigg.Sidecar.V1.FeatureType;
global using MeterType = Stigg.Sidecar.V1.MeterType;
