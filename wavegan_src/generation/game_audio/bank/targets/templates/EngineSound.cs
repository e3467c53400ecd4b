// Plays a bank of engine loops: set rpm and load from the car in every frame.
using System;
using System.Collections.Generic;
using System.IO;
using UnityEngine;

public sealed class EngineSound : MonoBehaviour
{
    [Serializable]
    public sealed class Loop
    {
        public string file;
        public string role;
        public float rpm;
        public float load;
        public float audible_from_rpm;
        public float audible_to_rpm;
        public float volume;
    }

    [Serializable]
    public sealed class Bank
    {
        public Loop[] loops;
    }

    [Tooltip("bank.json")] public TextAsset bank;
    [Tooltip("All WAV files of the bank")] public AudioClip[] clips;
    public float rpm = 800f;
    [Range(0f, 1f)] public float load;
    public bool idling;
    public bool onLimiter;
    [Range(0f, 1f)] public float spatialBlend = 1f;

    private const float Silent = 0.001f;
    private readonly List<KeyValuePair<Loop, AudioSource>> players = new List<KeyValuePair<Loop, AudioSource>>();
    private float slowest = float.MaxValue;
    private float fastest;

    private void Start()
    {
        var clipOf = new Dictionary<string, AudioClip>();
        foreach (AudioClip clip in clips)
        {
            clipOf[clip.name] = clip;
        }
        foreach (Loop loop in JsonUtility.FromJson<Bank>(bank.text).loops)
        {
            AudioClip clip;
            if (!clipOf.TryGetValue(Path.GetFileNameWithoutExtension(loop.file), out clip))
            {
                Debug.LogWarning(loop.file + " is not among the clips");
                continue;
            }
            AudioSource source = gameObject.AddComponent<AudioSource>();
            source.clip = clip;
            source.loop = true;
            source.playOnAwake = false;
            source.spatialBlend = spatialBlend;
            players.Add(new KeyValuePair<Loop, AudioSource>(loop, source));
            if (loop.role == "loop")
            {
                slowest = Mathf.Min(slowest, loop.rpm);
                fastest = Mathf.Max(fastest, loop.rpm);
            }
        }
    }

    private void Update()
    {
        foreach (KeyValuePair<Loop, AudioSource> player in players)
        {
            float gain = GainOf(player.Key);
            AudioSource source = player.Value;
            if (gain < Silent)
            {
                source.Stop();
                continue;
            }
            source.volume = gain;
            source.pitch = player.Key.role == "limiter" ? 1f : rpm / player.Key.rpm;
            if (!source.isPlaying)
            {
                source.Play();
            }
        }
    }

    // How loud a loop is now: neighbours are faded into each other at constant power, over speed and over load.
    public float GainOf(Loop loop)
    {
        string wanted = onLimiter ? "limiter" : idling ? "idle" : "loop";
        if (loop.role != wanted)
        {
            return 0f;
        }
        if (loop.role != "loop")
        {
            return loop.volume;
        }
        float at = Mathf.Clamp(rpm, slowest, fastest);
        float edge = at < loop.rpm ? loop.audible_from_rpm : loop.audible_to_rpm;
        float overSpeed = Mathf.Clamp01((at - edge) / (loop.rpm - edge));
        float overLoad = loop.load > 0.5f ? load : 1f - load;
        return loop.volume * Mathf.Sqrt(overSpeed * Mathf.Clamp01(overLoad));
    }
}
