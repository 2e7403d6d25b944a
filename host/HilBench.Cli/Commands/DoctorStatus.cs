namespace HilBench.Cli.Commands;

/// <summary>How a part of the machine stands.</summary>
internal enum DoctorStatus
{
    /// <summary>There, and usable.</summary>
    Present = 0,

    /// <summary>Not there, and nothing that works now needs it.</summary>
    NotNeeded,

    /// <summary>Not there, and something does not work without it.</summary>
    Missing,
}
