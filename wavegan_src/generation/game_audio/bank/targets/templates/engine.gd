# Plays the engine loops of the bank "{{ name }}": set rpm and engine_load from the car in every frame.
# Written for Godot 3 and 4 alike.
extends AudioStreamPlayer3D

const SILENT = 0.001
const FORWARD = 1
const LOOPS = [
{% for each in loops %}
	{"name": "{{ each.file[:-4] }}", "role": "{{ each.role.value }}", "rpm": {{ "%.3f" | format(each.rpm) }}, "load": {{ "%.1f" | format(each.load) }}, "from": {{ "%.3f" | format(each.audible[0]) }}, "to": {{ "%.3f" | format(each.audible[1]) }}, "volume": {{ "%.4f" | format(each.volume) }}, "samples": {{ each.samples | length }}},
{% endfor %}
]

var rpm = 800.0
var engine_load = 0.0
var idling = false
var on_limiter = false
var _slowest = 1000000.0
var _fastest = 0.0


func _ready():
	for entry in LOOPS:
		var player = get_node(entry["name"])
		player.stream.loop_mode = FORWARD
		player.stream.loop_begin = 0
		player.stream.loop_end = entry["samples"] - 1  # in samples; the last one that is played
		if entry["role"] == "loop":
			_slowest = min(_slowest, entry["rpm"])
			_fastest = max(_fastest, entry["rpm"])


func _process(_delta):
	for entry in LOOPS:
		var player = get_node(entry["name"])
		var gain = gain_of(entry)
		if gain < SILENT:
			player.stop()
			continue
		var decibels = 20.0 * log(gain) / log(10.0)
		player.set("unit_db", decibels)  # Godot 3
		player.set("volume_db", decibels)  # Godot 4
		player.pitch_scale = 1.0 if entry["role"] == "limiter" else max(0.1, rpm / entry["rpm"])
		if not player.playing:
			player.play()


# How loud a loop is now: neighbours are faded into each other at constant power, over speed and over load.
func gain_of(entry):
	var wanted = "limiter" if on_limiter else ("idle" if idling else "loop")
	if entry["role"] != wanted:
		return 0.0
	if wanted != "loop":
		return entry["volume"]
	var at = clamp(rpm, _slowest, _fastest)
	var edge = entry["from"] if at < entry["rpm"] else entry["to"]
	var over_speed = clamp((at - edge) / (entry["rpm"] - edge), 0.0, 1.0)
	var over_load = engine_load if entry["load"] > 0.5 else 1.0 - engine_load
	return entry["volume"] * sqrt(over_speed * clamp(over_load, 0.0, 1.0))
