namespace HilBench.Checking;

/// <summary>The rules about what ends translations without an invalidation.</summary>
internal sealed class LifeCycleRuleSet(RuleBook rules)
{
    private readonly RuleCounter _atsOff = rules["ATS-LIF-001"];
    private readonly RuleCounter _atsOffInFlight = rules["ATS-LIF-002"];
    private readonly RuleCounter _functionReset = rules["ATS-LIF-003"];
    private readonly RuleCounter _deviceReset = rules["ATS-LIF-008"];
    private readonly RuleCounter _pasidOff = rules["ATS-LIF-011"];
    private readonly RuleCounter _stuChanged = rules["ATS-LIF-012"];

    /// <summary>An invalidation in D3hot.</summary>
    public RuleCounter PoweredDown { get; } = rules["ATS-LIF-007"];

    /// <summary>An invalidation while Bus Master Enable is 0.</summary>
    public RuleCounter BusMaster { get; } = rules["ATS-LIF-010"];

    /// <summary>The rule of a cause of <see cref="Grant.EndedBy"/>; null: it is none of these.</summary>
    public RuleCounter? Find(long endedBy) => endedBy switch
    {
        Grant.AtsOff => _atsOff,
        Grant.AtsOffInFlight => _atsOffInFlight,
        Grant.FunctionReset => _functionReset,
        Grant.DeviceReset => _deviceReset,
        Grant.PasidOff => _pasidOff,
        Grant.StuChanged => _stuChanged,
        _ => null,
    };

    /// <summary>The cause in words.</summary>
    public static string CauseOf(long endedBy) => endedBy switch
    {
        Grant.AtsOff => "ATS was off",
        Grant.AtsOffInFlight => "or while its answer was on the way, ATS was off",
        Grant.FunctionReset => "the function was reset",
        Grant.DeviceReset => "the device was reset",
        Grant.PasidOff => "PASID was off",
        _ => "the STU was changed",
    };
}
